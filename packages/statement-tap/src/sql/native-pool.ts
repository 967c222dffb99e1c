import type { NativePool } from '../pool.ts';
import { endStreamWithConnection, type Mysql2Streaming } from './mysql2-streams.ts';
import { endCursorWithConnection, type PgClient } from './pg-cursors.ts';

/** `Pool` of `pg` 8. */
interface PgPool {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max: number };
  /** Not public, so checked before it is relied on. */
  readonly _clients?: readonly PgClient[];
  on(event: 'remove', listener: () => void): unknown;
  on(event: 'connect', listener: (client: PgClient) => void): unknown;
}

/** `Pool` of `mysql2` 3; its counts are not public, so each is checked before it is relied on. */
interface Mysql2Pool {
  readonly _allConnections: Mysql2Queue;
  readonly _freeConnections: Mysql2Queue;
  readonly _connectionQueue: Mysql2Queue;
  readonly config: { readonly connectionLimit: number };
  on(event: 'connection', listener: (connection: Mysql2Connection) => void): unknown;
}

interface Mysql2Queue {
  readonly length: number;
  get(index: number): Mysql2Connection;
}

interface Mysql2Connection extends Mysql2Streaming {
  readonly stream: PoolSocket;
}

/** The socket of a pooled connection. */
export interface PoolSocket {
  /** Cuts the connection: what runs on it fails at once, and its pool opens another when one is needed. */
  destroy(): unknown;
  /** Lets the process end though it is open. */
  unref(): unknown;
  /** Calls back when it has closed, whoever closed it. */
  once(event: 'close', listener: () => void): unknown;
}

/** The pool behind a driver's native client; undefined for a driver without one, or one that is not known. */
export function nativePoolOf(client: unknown): NativePool | undefined {
  if (isPgPool(client)) return pgPool(client);
  return isMysql2Pool(client) ? mysql2Pool(client) : undefined;
}

/** The sockets of a driver's pool, also those that are still connecting; none of a client that is not known. */
export function socketsOf(client: unknown): PoolSocket[] {
  if (isPgPool(client)) {
    const { _clients: clients = [] } = client;
    return clients.flatMap(({ connection }) => connection?.stream ?? []);
  }
  if (!isMysql2Pool(client)) return [];
  const { _allConnections: all } = client;
  return Array.from({ length: all.length }, (_, index) => all.get(index).stream);
}

function pgPool(pool: PgPool): NativePool {
  const { _clients: clients = [] } = pool;
  for (const client of clients) endCursorWithConnection(client);
  pool.on('connect', endCursorWithConnection);
  return {
    counts: () => ({
      size: pool.totalCount,
      inUse: pool.totalCount - pool.idleCount,
      idle: pool.idleCount,
      waiting: pool.waitingCount,
      limit: pool.options.max,
    }),
    onClose: closed => void pool.on('remove', closed),
  };
}

function mysql2Pool(pool: Mysql2Pool): NativePool {
  const { _allConnections: all, _freeConnections: free, _connectionQueue: queue } = pool;
  for (let index = 0; index < all.length; index++) endStreamWithConnection(all.get(index));
  pool.on('connection', endStreamWithConnection);
  return {
    counts: () => ({
      size: all.length,
      inUse: all.length - free.length,
      idle: free.length,
      waiting: queue.length,
      limit: pool.config.connectionLimit,
    }),
    onClose(closed) {
      for (let index = 0; index < all.length; index++) all.get(index).stream.once('close', closed);
      pool.on('connection', connection => void connection.stream.once('close', closed));
    },
  };
}

function isPgPool(client: unknown): client is PgPool {
  return (
    has(client, 'totalCount', 'number') && has(client, 'waitingCount', 'number') && has(client, 'options', 'object')
  );
}

function isMysql2Pool(client: unknown): client is Mysql2Pool {
  const queues = ['_allConnections', '_freeConnections', '_connectionQueue'];
  return queues.every(queue => has(client, queue, 'object')) && has(client, 'config', 'object');
}

function has(value: unknown, key: string, type: 'number' | 'object'): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, key) === type;
}
