import type { Statement } from '@mikro-kit/statement-tap';

import { ALL, tableDependency, type Dependency } from './dependency.ts';
import type { TableGraph } from './table-graph.ts';

/**
 * The dependencies whose entries a statement may make stale: the tables that it writes and those that the database
 * changes along with them. Everything when its tables are unknown or not mapped; nothing when no entry can depend on
 * them.
 */
export function writtenDependencies(
  { kind, text, writes }: Pick<Statement, 'kind' | 'text' | 'writes'>,
  graph: TableGraph,
): Dependency[] {
  if (writes === 'unknown' || kind === 'ddl') return [ALL];
  const tables = writes.map(tableDependency);
  const changed = new Set(tables.flatMap(table => [table, ...cascadesOf(table, text, graph)]));
  if ([...changed].some(table => !graph.isMapped(table) || graph.hasTriggers(table))) return [ALL];
  return [...changed].filter(table => graph.isReachable(table));
}

function cascadesOf(table: Dependency, text: string, graph: TableGraph): readonly Dependency[] {
  return mayCascade(text, graph.keyColumnsOf(table)) ? graph.cascadesOf(table) : [];
}

/**
 * Whether the statement may delete a row or change a key that others refer to. A plain insert cannot, nor an update that
 * names no such column before its `where`; of every other statement it is assumed.
 */
function mayCascade(text: string, keyColumns: readonly string[]): boolean {
  const sql = text.toLowerCase();
  if (/;\s*\S/.test(sql)) return true;
  const verb = /^\s*(\w+)/.exec(sql)?.[1];
  if (verb === 'insert') return /\b(?:replace|update)\b/.test(sql);
  if (verb !== 'update') return true;
  const words = wordsOf(assignmentsOf(sql));
  return keyColumns.some(column => words.has(column.toLowerCase()));
}

/** The part before `where`; all of it when a subquery has a `where` too. */
function assignmentsOf(update: string): string {
  const parts = update.split(/\bwhere\b/);
  return parts.length === 2 ? (parts[0] ?? update) : update;
}

function wordsOf(sql: string): ReadonlySet<string> {
  return new Set(sql.split(/[^\p{L}\p{N}_$]+/u));
}
