import type { Connection, MikroORM } from '@mikro-orm/core';

/** The parts of the host's SQL connection that this package stands on (`AbstractSqlConnection`, 7.2). */
export interface HostConnection extends Connection {
  execute(
    query: unknown,
    params?: unknown,
    method?: string,
    transaction?: unknown,
    loggerContext?: unknown,
  ): Promise<unknown>;
  stream(
    query: unknown,
    params: unknown,
    ...rest: [transaction?: unknown, loggerContext?: unknown, chunkSize?: number]
  ): AsyncIterableIterator<unknown>;
  begin(options?: TransactionOptions): Promise<HostTransaction>;
  transactional<T>(work: (transaction: unknown) => Promise<T>, options?: TransactionOptions): Promise<T>;
  getClient(): unknown;
  getNativeClient(): Promise<unknown>;
}

/** What the host is told when it begins a transaction. */
export interface TransactionOptions {
  readonly readOnly?: boolean;
  /** The transaction around a savepoint. */
  readonly ctx?: unknown;
}

/** A transaction of Kysely, as the host holds it. */
export interface HostTransaction {
  rollback(): { execute(): Promise<unknown> };
}

/** The options of a connection, which the host empties when it closes it. */
export function optionsOf(connection: HostConnection): Record<string, unknown> {
  const options: unknown = Reflect.get(connection, 'options');
  return isRecord(options) ? options : {};
}

/** Whether a connection has its pool; asking an unconnected one for it would make it. */
export function isConnected(connection: HostConnection): boolean {
  return Reflect.get(connection, 'connected') === true;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

const SEAM = ['execute', 'stream', 'begin', 'transactional', 'getClient', 'getNativeClient', 'ensureConnection'];

/** A node's name and its connection. */
export interface NamedConnection {
  readonly name: string;
  readonly connection: HostConnection;
}

/** The connections of an ORM. */
export interface NamedConnections {
  readonly primary: NamedConnection;
  /** By `name` or as `replica-0`, …, in the order of the configuration. */
  readonly replicas: readonly NamedConnection[];
}

/**
 * The connections that the driver made; `unknown` when it did not make one for each replica (MongoDB never does) or one
 * is not as expected.
 */
export function namedConnections(orm: MikroORM): NamedConnections | 'unknown' {
  const configured = orm.config.get('replicas') ?? [];
  const primary: unknown = orm.driver.getConnection('write');
  // The host has no public way to its replicas: `getConnection('read')` picks one at random.
  const replicas: unknown = Reflect.get(orm.driver, 'replicas');
  if (!Array.isArray(replicas) || replicas.length !== configured.length) return 'unknown';
  if (!isHostConnection(primary) || !replicas.every(isHostConnection)) return 'unknown';
  return {
    primary: { name: 'primary', connection: primary },
    replicas: replicas.map((connection, at) => ({ name: configured[at]?.name ?? `replica-${at}`, connection })),
  };
}

function isHostConnection(value: unknown): value is HostConnection {
  return (
    typeof value === 'object' && value !== null && SEAM.every(key => typeof Reflect.get(value, key) === 'function')
  );
}
