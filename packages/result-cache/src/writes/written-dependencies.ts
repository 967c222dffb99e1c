import type { SqlDialect, Statement } from '@mikro-kit/statement-tap';

import {
  ALL,
  bulkDependency,
  rowDependency,
  tableDependency,
  type Dependency,
  type TableDependency,
} from '../dependency.ts';
import type { TableGraph } from '../host/table-graph.ts';
import { columnsAssigned, rowsWritten } from '../sql/row-statements.ts';

/** The parts of a statement that tell what it writes. */
export type WritingStatement = Pick<Statement, 'kind' | 'text' | 'params' | 'writes'>;

/** The dependencies by which a write to one table, or to what is not known, makes entries stale. */
export interface TableChange {
  readonly table: TableDependency | typeof ALL;
  readonly dependencies: readonly Dependency[];
}

/** Of a write that may have changed anything. */
export const ANY_CHANGE: TableChange = { table: ALL, dependencies: [ALL] };

/**
 * What a statement may make stale: the rows and tables that it writes, and the tables that the database changes along
 * with them. Everything when its tables are unknown or not mapped.
 */
export function changesOf(
  statement: WritingStatement,
  graph: TableGraph,
  dialect: SqlDialect | undefined,
): TableChange[] {
  const { kind, text, writes } = statement;
  if (writes === 'unknown' || kind === 'ddl' || isTruncate(text)) return [ANY_CHANGE];
  const written = [...new Set(writes.map(tableDependency))];
  const cascaded = written.flatMap(table => cascadesOf(table, text, graph, dialect));
  const changed = [...new Set([...written, ...cascaded])];
  if (changed.some(table => !graph.isMapped(table) || graph.hasTriggers(table))) return [ANY_CHANGE];
  return changed.map(table => {
    const isKnown = dialect && written.length === 1 && !cascaded.includes(table);
    const rows = isKnown ? rowDependencies(statement, table, graph, dialect) : [bulkDependency(table)];
    return { table, dependencies: [table, ...rows] };
  });
}

/** With `cascade` it empties tables along foreign keys that let no single row go. */
function isTruncate(text: string): boolean {
  return /\btruncate\b/i.test(text);
}

function rowDependencies(
  { text, params }: WritingStatement,
  table: TableDependency,
  graph: TableGraph,
  dialect: SqlDialect,
): Dependency[] {
  // A new row has the key of no row that an entry can be about.
  if (isPlainInsert(text.toLowerCase())) return [];
  const key = graph.keyOf(table);
  const rows = key && rowsWritten({ sql: text, params }, key, dialect);
  return rows?.map(row => rowDependency(table, row)) ?? [bulkDependency(table)];
}

function cascadesOf(
  table: TableDependency,
  text: string,
  graph: TableGraph,
  dialect: SqlDialect | undefined,
): readonly TableDependency[] {
  return mayCascade(text, graph.keyColumnsOf(table), dialect) ? graph.cascadesOf(table) : [];
}

/**
 * Whether the statement may delete a row or change a key that others refer to. A plain insert cannot, nor an update that
 * assigns no such column (or names none before its `where`, if it is hard to read); of every other it is assumed.
 */
function mayCascade(text: string, keyColumns: readonly string[], dialect: SqlDialect | undefined): boolean {
  const sql = text.toLowerCase();
  if (isPlainInsert(sql)) return false;
  // SQLite's `update or replace` deletes the rows that are in the way.
  if (!sql.trimStart().startsWith('update') || hasSeveral(sql) || /\breplace\b/.test(sql)) return true;
  const assigned = dialect && columnsAssigned(text, dialect);
  const words = assigned ? new Set(assigned) : wordsOf(assignmentsOf(sql));
  return keyColumns.some(column => words.has(column.toLowerCase()));
}

/** One insert that changes no row which is there. */
function isPlainInsert(sql: string): boolean {
  return /^\s*insert\b/.test(sql) && !hasSeveral(sql) && !/\b(?:replace|update)\b/.test(sql);
}

function hasSeveral(sql: string): boolean {
  return /;\s*\S/.test(sql);
}

/** The part before `where`; all of it when a subquery has a `where` too. */
function assignmentsOf(update: string): string {
  const parts = update.split(/\bwhere\b/);
  return parts.length === 2 ? (parts[0] ?? update) : update;
}

function wordsOf(sql: string): ReadonlySet<string> {
  return new Set(sql.split(/[^\p{L}\p{N}_$]+/u));
}
