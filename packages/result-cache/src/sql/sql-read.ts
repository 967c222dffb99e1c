import type { SqlDialect, StatementTap } from '@mikro-kit/statement-tap';

import {
  bulkDependency,
  rowDependency,
  tableDependency,
  type Dependency,
  type TableDependency,
} from '../dependency.ts';
import { canonical } from '../entries/canonical.ts';
import type { TableGraph } from '../host/table-graph.ts';
import type { DescribedRead, Description } from '../reads/described-read.ts';
import type { BypassReason } from '../statistics.ts';
import { areRepeatable, isRepeatable } from './repeatable.ts';
import { keysAt, keysRead, mostRowsOf, type KeyPlaceholders, type TableKey } from './row-statements.ts';

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

/** What the text of a statement tells, whatever its values are. */
interface Plan {
  readonly tables: readonly TableDependency[];
  readonly byKey?: { readonly table: TableDependency; readonly key: TableKey; readonly placeholders: KeyPlaceholders };
}

const MAX_PLANS = 2_000;
/** Longer texts, such as a list of a thousand ids, are not met again. */
const MAX_CHARS = 10_000;

/**
 * Describes reads by their compiled statement, the one place where everything that changes the rows is known: filters of
 * every level with their parameters, fields, joins, ordering and paging. What texts tell is remembered, within bounds.
 */
export class SqlReads {
  readonly #context: SqlReadContext;
  readonly #plans = new Map<string, Plan | BypassReason>();

  constructor(context: SqlReadContext) {
    this.#context = context;
  }

  /** Whether it reads and does nothing else. */
  isRead({ sql }: SqlRead): boolean {
    return this.#context.tap.classify(sql).kind === 'read';
  }

  describe({ sql, params, method }: SqlRead): Description {
    const plan = this.#plan(sql);
    if (typeof plan === 'string') return plan;
    if (!areRepeatable(params)) return 'not repeatable';
    const identity = canonical([method, sql, params]);
    return byKey(plan, { sql, params, method }, identity) ?? { ...ANY_ROWS, identity, required: plan.tables };
  }

  #plan(sql: string): Plan | BypassReason {
    const known = this.#plans.get(sql);
    if (known) return known;
    const plan = planOf(sql, this.#context);
    if (sql.length <= MAX_CHARS) this.#plans.set(sql, plan);
    const [oldest] = this.#plans.size > MAX_PLANS ? this.#plans.keys() : [];
    if (oldest !== undefined) this.#plans.delete(oldest);
    return plan;
  }
}

function planOf(sql: string, context: SqlReadContext): Plan | BypassReason {
  const graph = context.graph();
  const { kind, tables } = context.tap.classify(sql);
  if (kind !== 'read' || tables === 'unknown') return 'tables unknown';
  if (!isRepeatable(sql, context.pureFunctions)) return 'not repeatable';
  const read = [...new Set(tables.map(tableDependency))].toSorted().map(table => graph.readsOf(table));
  if (!read.every(found => found !== undefined)) return 'table out of reach';
  const all = [...new Set(read.flat())];
  const [table, ...others] = all;
  const key = table && others.length === 0 ? graph.keyOf(table) : undefined;
  const placeholders = key && keysRead(sql, key, context.dialect);
  return { tables: all, ...(table && key && placeholders && { byKey: { table, key, placeholders } }) };
}

const ANY_ROWS: Pick<DescribedRead, 'unlessComplete' | 'isComplete'> = { unlessComplete: [], isComplete: () => true };

/** By the keys of its rows, whose rows are all there can be once as many were found. */
function byKey(plan: Plan, { params, method }: SqlRead, identity: string | undefined): DescribedRead | undefined {
  if (!plan.byKey) return undefined;
  const { table, key, placeholders } = plan.byKey;
  const rows = keysAt(placeholders, params, key);
  if (!rows) return undefined;
  const required: Dependency[] = [bulkDependency(table), ...rows.map(row => rowDependency(table, row))];
  return {
    identity,
    required,
    unlessComplete: [table],
    isComplete: found => countOf(found, method) === mostRowsOf(placeholders, params),
  };
}

function countOf(found: unknown, method: string): number {
  if (method === 'all') return Array.isArray(found) ? found.length : 0;
  return found === undefined || found === null ? 0 : 1;
}
