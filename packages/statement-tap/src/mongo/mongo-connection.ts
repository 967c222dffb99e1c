import { type CallOrigin, callOrigin } from '../origin.ts';
import type { Statement } from '../statement.ts';
import { fieldsOf } from './bson-fields.ts';
import type { MongoClient } from './mongo-events.ts';
import { MongoMonitor, type MonitorContext } from './mongo-monitor.ts';
import type { MongoPool } from './mongo-pool.ts';

type Call = (...args: unknown[]) => Promise<unknown>;

/** The parts of the host's MongoDB connection that the tap replaces on the instance (`MongoConnection`, 7.2). */
export interface MongoConnection {
  createClient(): void;
  getClient(): MongoClient;
  mapOptions(overrides: unknown): Record<string, unknown>;
  getCollectionName(entityName: unknown): string;
  runQuery: Call;
  commit: Call;
}

const SEAM = [
  'createClient',
  'getClient',
  'mapOptions',
  'getCollectionName',
  'find',
  'aggregate',
  'runQuery',
  'commit',
];
const READS = new Set(['countDocuments']);

/** Whether a connection has everything that {@link tapMongoConnection} relies on. */
export function isMongoConnection(connection: object): connection is MongoConnection {
  return SEAM.every(name => typeof Reflect.get(connection, name) === 'function');
}

/**
 * Makes the host's MongoDB connection report its commands by the driver's own command events, and lets guards wait around
 * the host's writes and commits. What is written through the native client is seen, but not guarded.
 */
export function tapMongoConnection(
  driver: object,
  connection: MongoConnection,
  pool: MongoPool,
  tap: MonitorContext,
  warn: (message: string) => void,
): void {
  watchClients(connection, pool, tap, warn);
  tellOrigins(driver, tap);
  guardWrites(connection, pool.node, tap);
  guardCommits(connection, pool.node, tap);
}

/** Command events exist only on connections of a client that was made with `monitorCommands`. */
function watchClients(
  connection: MongoConnection,
  pool: MongoPool,
  tap: MonitorContext,
  warn: (message: string) => void,
): void {
  const mapOptions = connection.mapOptions.bind(connection);
  const createClient = connection.createClient.bind(connection);
  let ours = false;
  connection.mapOptions = overrides => {
    ours = true;
    return { ...mapOptions(overrides), monitorCommands: true };
  };
  connection.createClient = () => {
    ours = false;
    createClient();
    if (!ours) warn('driverOptions holds a MongoClient: its commands are seen only if it has monitorCommands: true.');
    const client = connection.getClient();
    new MongoMonitor(tap).watch(client);
    pool.watch(client);
  };
}

/** Where the options stand among the arguments of the host's `MongoDriver`; its connection is not given all of them. */
const OPTIONS_AT = {
  find: 2,
  findOne: 2,
  count: 2,
  nativeInsert: 2,
  nativeInsertMany: 2,
  nativeUpdate: 3,
  nativeUpdateMany: 3,
  nativeDelete: 2,
} as const;

/** Lets the commands know the fork and the logger context of the driver's call that sent them. */
function tellOrigins(driver: object, { listeners, origins }: MonitorContext): void {
  for (const [name, at] of Object.entries(OPTIONS_AT)) {
    const call: unknown = Reflect.get(driver, name);
    if (typeof call !== 'function') continue;
    Reflect.set(driver, name, (...args: unknown[]): unknown => {
      const send = (): unknown => Reflect.apply(call, driver, args);
      return listeners.any ? origins.run(originOf(args[at]), send) : send();
    });
  }
  const stream: unknown = Reflect.get(driver, 'stream');
  if (!isStream(stream)) return;
  Reflect.set(driver, 'stream', (...args: unknown[]) => {
    const rows = Reflect.apply(stream, driver, args);
    return listeners.any ? origins.iterate(originOf(args[2]), rows) : rows;
  });
}

function originOf(options: unknown): CallOrigin {
  const { logging, loggerContext } = fieldsOf(options);
  return callOrigin(fieldsOf(logging ?? loggerContext));
}

function isStream(value: unknown): value is (...args: unknown[]) => AsyncIterableIterator<unknown> {
  return typeof value === 'function';
}

function guardWrites(connection: MongoConnection, node: string, tap: MonitorContext): void {
  const { listeners, transactions, origins } = tap;
  const runQuery = connection.runQuery.bind(connection);
  connection.runQuery = (method, entityName, data, where, session, ...rest) => {
    const send = (): Promise<unknown> => runQuery(method, entityName, data, where, session, ...rest);
    if (READS.has(String(method))) return send();
    const transaction = transactions.ofSession(session, node);
    const guards = listeners.guardsOf(node, transaction);
    if (guards.length === 0) return send();
    const collection = connection.getCollectionName(entityName);
    return listeners.around(
      guards,
      {
        text: `${String(method)} ${collection}`,
        params: [where, data],
        kind: 'write',
        tables: [collection],
        writes: [collection],
        node,
        ...(transaction && { transaction }),
      },
      () => origins.runGuarded(send),
    );
  };
}

function guardCommits(connection: MongoConnection, node: string, tap: MonitorContext): void {
  const { listeners, transactions, origins } = tap;
  const commit = connection.commit.bind(connection);
  connection.commit = (session, ...rest) => {
    const transaction = transactions.ofSession(session, node);
    const statement: Statement = {
      text: 'commitTransaction',
      params: [],
      kind: 'transaction',
      command: 'commit',
      tables: [],
      writes: [],
      node,
      ...(transaction && { transaction }),
    };
    const send = (): Promise<unknown> => commit(session, ...rest);
    const guards = listeners.guardsOf(node, transaction);
    return guards.length > 0 ? listeners.around(guards, statement, () => origins.runGuarded(send)) : send();
  };
}
