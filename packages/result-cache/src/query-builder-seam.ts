import type { ReadScope, ReadScopes } from './read-scope.ts';

/** The parts of the host's QueryBuilder that the cache stands on (MikroORM 7.2). */
export interface HostQueryBuilder {
  readonly type: string;
  /** The transaction that it runs in. */
  readonly context?: unknown;
  connectionType?: string | undefined;
  readonly mainAlias: { readonly entityName: unknown; readonly meta?: { readonly className: string } };
  readonly state: { readonly populate?: unknown };
  toQuery(): { readonly sql: string; readonly params: readonly unknown[] };
  execute(...args: unknown[]): Promise<unknown>;
}

/** The part of the host's SQL driver that the cache stands on. */
export interface HostSqlDriver {
  createQueryBuilder(...args: unknown[]): HostQueryBuilder;
}

/** Answers the read of `query`, by `load` where it has to come from the database. */
export type ReadThrough = (query: HostQueryBuilder, scope: ReadScope, load: () => Promise<unknown>) => Promise<unknown>;

export function isSqlDriver(driver: object): driver is HostSqlDriver {
  return 'createQueryBuilder' in driver && typeof driver.createQueryBuilder === 'function';
}

/**
 * Sends the reads that the driver makes for calls in a scope through `read`, compiled but not yet run. This is the one
 * place where everything that changes the rows is known: filters, joins, ordering and paging are in the statement, and
 * the host has not touched the rows yet, so that what a hit returns takes the same way to the entity as what the
 * database returns.
 *
 * QueryBuilders that the application makes itself (they convert custom types) are left alone.
 */
export function interceptReads(driver: HostSqlDriver, scopes: ReadScopes, read: ReadThrough): void {
  const create = driver.createQueryBuilder.bind(driver);
  driver.createQueryBuilder = (...args) => {
    const query = create(...args);
    const scope = scopes.current();
    const [, , , convertsCustomTypes] = args;
    return scope === undefined || convertsCustomTypes ? query : intercepted(query, scope, read);
  };
}

function intercepted(query: HostQueryBuilder, scope: ReadScope, read: ReadThrough): HostQueryBuilder {
  const execute = query.execute.bind(query);
  query.execute = (...args) => {
    const load = (): Promise<unknown> => execute(...args);
    return isRead(query, args) ? read(query, scope, load) : load();
  };
  return query;
}

/** `execute('all')` of find and `execute('get', false)` of count: the two reads that the driver makes. */
function isRead({ type }: HostQueryBuilder, [method, ...options]: unknown[]): boolean {
  if (type === 'SELECT') return method === 'all' && options.length === 0;
  return type === 'COUNT' && method === 'get' && options.length === 1 && options[0] === false;
}
