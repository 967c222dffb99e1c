import type { EntityName } from '@mikro-orm/core';

import type { CacheWords } from '../reads/read-scope.ts';

/** The parts of the host's connection that its QueryBuilder reads by (MikroORM 7.2). */
export interface HostConnection {
  execute(
    sql: string,
    params: readonly unknown[],
    method: string,
    ctx?: unknown,
    loggerContext?: unknown,
  ): Promise<unknown>;
  transactional(run: (ctx: unknown) => Promise<unknown>, options?: unknown): Promise<unknown>;
  stream(...args: unknown[]): AsyncIterableIterator<unknown>;
}

/** The parts of the host's QueryBuilder that the cache stands on. */
export interface HostQueryBuilder {
  /** Of its EntityManager, when it has one. */
  readonly em?: { getSessionContext(): unknown };
  readonly mainAlias: { readonly entityName: EntityName };
  readonly state: CacheWords;
  getConnection(): HostConnection;
  execute(...args: unknown[]): Promise<unknown>;
  clone(...args: unknown[]): HostQueryBuilder;
}

/** The parts of the host's SQL driver that the cache stands on. */
export interface HostSqlDriver {
  createQueryBuilder(...args: unknown[]): HostQueryBuilder;
  getConnection(type: 'read' | 'write'): HostConnection;
  loadFromPivotTable(property: PivotProperty, ...args: unknown[]): Promise<unknown>;
}

/** A collection that is read by its pivot table. */
export interface PivotProperty {
  readonly targetMeta?: { readonly class: EntityName };
}

/** A `select` on its way to a connection. */
export interface OutgoingRead {
  readonly sql: string;
  readonly params: readonly unknown[];
  readonly method: string;
  readonly inTransaction: boolean;
  /** That the call was given. */
  readonly signal: AbortSignal | undefined;
}

/** What the cache does with the driver's QueryBuilders. */
export interface QueryHooks {
  /** Whether what is made here and now can be part of a read that the cache has to do with. */
  isReading(): boolean;
  /** Answers a read; `send` has it answered by a connection: the host's choice, or the primary's. */
  read(read: OutgoingRead, send: (node: 'chosen' | 'primary') => Promise<unknown>): Promise<unknown>;
  /** Runs a query of the application's own in the scope of its entity. */
  runOwn(query: HostQueryBuilder, execute: () => Promise<unknown>): Promise<unknown>;
  /** Runs the load of a collection in the scope of its items. */
  runCollection(entity: EntityName, words: CacheWords, load: () => Promise<unknown>): Promise<unknown>;
}

const DRIVER = ['createQueryBuilder', 'getConnection', 'loadFromPivotTable'];

export function isSqlDriver(driver: object): driver is HostSqlDriver {
  return DRIVER.every(name => typeof Reflect.get(driver, name) === 'function');
}

/**
 * Sends the reads of the driver's QueryBuilders through `hooks`, compiled but not yet run. This is the one place where
 * everything that changes the rows is known: filters, joins, ordering and paging are in the statement, and the host has
 * not touched the rows yet, so that what a hit returns takes the same way to the entity as what the database returns.
 */
export function interceptReads(driver: HostSqlDriver, hooks: QueryHooks): void {
  const create = driver.createQueryBuilder.bind(driver);
  driver.createQueryBuilder = (...args) => {
    // The host converts custom types only in the QueryBuilders that it makes for the application.
    const [, , , isOwn] = args;
    const query = create(...args);
    return isOwn || hooks.isReading() ? intercepted(query, Boolean(isOwn), driver, hooks) : query;
  };
  const loadFromPivotTable = driver.loadFromPivotTable.bind(driver);
  driver.loadFromPivotTable = (property, ...args) => {
    const load = (): Promise<unknown> => loadFromPivotTable(property, ...args);
    return property.targetMeta
      ? hooks.runCollection(property.targetMeta.class, wordsOf(args[PIVOT_OPTIONS]), load)
      : load();
  };
}

/** Of the arguments of `loadFromPivotTable` that follow the property. */
const PIVOT_OPTIONS = 4;

function wordsOf(options: unknown): CacheWords {
  return typeof options === 'object' && options !== null ? options : {};
}

function intercepted(
  query: HostQueryBuilder,
  isOwn: boolean,
  driver: HostSqlDriver,
  hooks: QueryHooks,
): HostQueryBuilder {
  const getConnection = query.getConnection.bind(query);
  const clone = query.clone.bind(query);
  query.getConnection = () => readThrough(getConnection, driver, hooks);
  query.clone = (...args) => intercepted(clone(...args), isOwn, driver, hooks);
  if (!isOwn) return query;
  const execute = query.execute.bind(query);
  query.execute = (...args) => hooks.runOwn(query, () => execute(...args));
  return query;
}

/** Stands for the transaction that a read would be given if it were sent. */
const PROBE = Symbol('a transaction that is begun only for a miss');

/** The connection of one query. What is sent is taken from the calls, since the host copies QueryBuilders. */
function readThrough(choose: () => HostConnection, driver: HostSqlDriver, hooks: QueryHooks): HostConnection {
  const connect = (node: 'chosen' | 'primary'): HostConnection =>
    node === 'primary' ? driver.getConnection('write') : choose();
  type Begin = (connection: HostConnection, send: (ctx: unknown) => Promise<unknown>) => Promise<unknown>;
  let begin: Begin | undefined;
  return {
    execute: (sql, params, method, ctx, loggerContext) => {
      const inTransaction = ctx !== undefined && ctx !== PROBE;
      const signal = signalOf(loggerContext);
      return hooks.read({ sql, params, method, inTransaction, signal }, node => {
        const connection = connect(node);
        const send = (within: unknown): Promise<unknown> =>
          connection.execute(sql, params, method, within, loggerContext);
        return ctx === PROBE && begin ? begin(connection, send) : send(ctx);
      });
    },
    // For the session context of row-level security the host wraps a read in a transaction, which a hit does not need.
    transactional: (run, options) => {
      begin = (connection, send) => connection.transactional(send, options);
      return run(PROBE);
    },
    stream: (...args) => choose().stream(...args),
  };
}

/** The host sends the signal of a call along with what is logged. */
function signalOf(loggerContext: unknown): AbortSignal | undefined {
  if (typeof loggerContext !== 'object' || loggerContext === null || !('signal' in loggerContext)) return undefined;
  return loggerContext.signal instanceof AbortSignal ? loggerContext.signal : undefined;
}
