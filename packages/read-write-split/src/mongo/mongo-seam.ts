import type { MongoReadPreference } from './mongo-options.ts';

/** The parts of the host's MongoDB connection that this package stands on (`MongoConnection`, 7.2). */
export interface MongoHost {
  readonly options: object;
  getCollection(name: unknown): object;
  getCollectionName(name: unknown): string;
  getDb(): { collection(name: string, options: { readPreference: MongoReadPreference }): object };
  getClient(): MongoClient;
  begin(options?: object): Promise<unknown>;
  find(entity: unknown, where: unknown, options?: MongoReadOptions): Promise<unknown>;
  stream(entity: unknown, where: unknown, options?: MongoReadOptions): AsyncIterableIterator<unknown>;
  countDocuments(entity: unknown, where: unknown, options?: MongoReadOptions): Promise<unknown>;
  aggregate(entity: unknown, pipeline: unknown, session?: unknown, ...rest: unknown[]): Promise<unknown>;
  streamAggregate(
    entity: unknown,
    pipeline: unknown,
    session?: unknown,
    ...rest: unknown[]
  ): AsyncIterableIterator<unknown>;
}

/** Options of the host's reads; `ctx` is the driver's session. */
export interface MongoReadOptions {
  readonly ctx?: unknown;
}

/** The parts of the driver's client (`mongodb` 6 and 7). */
export interface MongoClient {
  connect(): Promise<unknown>;
  startSession(options: { readonly causalConsistency: true }): MongoSession;
  db(): { command(command: object): Promise<unknown> };
  /** Its `clusterTime` is the latest that any member told, and is told to all. */
  readonly topology?: MongoTopology | undefined;
}

/** What the driver knows of the replica set. */
export interface MongoTopology {
  readonly clusterTime?: { readonly clusterTime: object } | undefined;
  readonly description?: { readonly servers: ReadonlyMap<string, MongoMember> };
}

/** A member, as it last described itself. */
export interface MongoMember {
  readonly address: string;
  readonly type: string;
  /** In milliseconds; -1 if it was not measured. */
  readonly roundTripTime: number;
  readonly lastWriteDate?: Date | number | undefined;
}

/** The parts of the driver's session. */
export interface MongoSession {
  advanceOperationTime(time: object): void;
  endSession(): Promise<void>;
}

const SEAM = [
  'getCollection',
  'getDb',
  'getClient',
  'begin',
  'find',
  'stream',
  'countDocuments',
  'aggregate',
  'streamAggregate',
];

/** Whether a connection is one of MongoDB and has everything that is relied on. */
export function isMongoHost(connection: object): connection is MongoHost {
  return 'options' in connection && SEAM.every(name => typeof Reflect.get(connection, name) === 'function');
}

/** Whether a session of the driver is in a transaction, in which all is read from the primary. */
export function isInTransaction(session: unknown): boolean {
  if (typeof session !== 'object' || session === null) return false;
  const inTransaction: unknown = Reflect.get(session, 'inTransaction');
  return typeof inTransaction === 'function' && Reflect.apply(inTransaction, session, []) === true;
}
