import type { SqlDialect, StatementTap } from '@mikro-kit/statement-tap';

import { bulkDependency, rowDependency, tableDependency, type Dependency, type TableDependency } from './dependency.ts';
import type { DescribedRead, Description } from './described-read.ts';
import { isRepeatable } from './repeatable.ts';
import { rowsRead } from './row-statements.ts';
import type { TableGraph } from './table-graph.ts';

/** A `select` as the host hands it to its connection. */
export interface SqlRead {
  readonly sql: string;
  readonly params: readonly unknown[];
  /** `all` for a list of rows, `get` for the first. */
  readonly method: string;
}

/** What a statement is told by. */
export interface SqlReadContext {
  readonly tap: Pick<StatementTap, 'classify'>;
  readonly graph: () => TableGraph;
  readonly dialect: SqlDialect;
  /** Functions of the user's that change with nothing but rows that are named by `dependsOn`; in lower case. */
  readonly pureFunctions: ReadonlySet<string>;
}

/**
 * Describes a read by its compiled statement, the one place where everything that changes the rows is known: filters of
 * every level with their parameters, fields, joins, ordering and paging.
 */
export function describeSqlRead({ sql, params, method }: SqlRead, context: SqlReadContext): Description {
  const graph = context.graph();
  const { kind, tables } = context.tap.classify(sql);
  if (kind !== 'read' || tables === 'unknown') return 'tables unknown';
  if (!isRepeatable(sql, params, context.pureFunctions)) return 'not repeatable';
  const named = [...new Set(tables.map(tableDependency))].toSorted();
  const read = named.map(table => graph.readsOf(table));
  if (!read.every(found => found !== undefined)) return 'table out of reach';
  const identity = [method, sql, params];
  const [table, ...others] = new Set(read.flat());
  const byKey = table && others.length === 0 ? readByKey({ sql, params, method }, table, context) : undefined;
  return byKey ?? { ...ANY_ROWS, identity, required: [...new Set(read.flat())] };
}

const ANY_ROWS: Pick<DescribedRead, 'unlessComplete' | 'isComplete'> = { unlessComplete: [], isComplete: () => true };

/** By the keys of its rows, whose rows are all there can be once as many were found. */
function readByKey(
  { sql, params, method }: SqlRead,
  table: TableDependency,
  context: SqlReadContext,
): Description | undefined {
  const key = context.graph().keyOf(table);
  const rows = key && rowsRead({ sql, params }, key, context.dialect);
  if (!rows) return undefined;
  const required: Dependency[] = [bulkDependency(table), ...rows.map(row => rowDependency(table, row))];
  return {
    identity: [method, sql, params],
    required,
    unlessComplete: [table],
    isComplete: found => countOf(found, method) === rows.length,
  };
}

function countOf(found: unknown, method: string): number {
  if (method === 'all') return Array.isArray(found) ? found.length : 0;
  return found === undefined || found === null ? 0 : 1;
}
