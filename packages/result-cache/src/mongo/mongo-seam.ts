import { AsyncLocalStorage } from 'node:async_hooks';

import { isDocument } from './bson-values.ts';
import type { MongoRead } from './mongo-read.ts';

/** The parts of the host's MongoDB connection that the cache stands on (`MongoConnection`, 7.2). */
export interface HostMongoConnection {
  find(entity: unknown, where: unknown, options?: unknown): Promise<unknown>;
  countDocuments(entity: unknown, where: unknown, options?: unknown): Promise<unknown>;
  aggregate(entity: unknown, pipeline: unknown, ctx?: unknown, logged?: unknown, signal?: unknown): Promise<unknown>;
  getCollectionName(entity: unknown): string;
  getCollection(entity: unknown): unknown;
  getDb(): { collection(name: string, options: object): unknown };
}

/** The parts of the host's MongoDB driver and platform that the cache stands on. */
export interface HostMongoDriver {
  getConnection(): HostMongoConnection;
  getPlatform(): { denormalizePrimaryKey(id: string): unknown };
}

/** What the cache does with a read; `send` has it answered by the node that the host chooses, or by the primary. */
export type AnswerRead = (read: MongoRead, send: (node: 'chosen' | 'primary') => Promise<unknown>) => Promise<unknown>;

const CONNECTION = ['find', 'countDocuments', 'aggregate', 'getCollectionName', 'getCollection', 'getDb'];

export function isMongoDriver(driver: object): driver is HostMongoDriver {
  const [connection, platform] = [resultOf(driver, 'getConnection'), resultOf(driver, 'getPlatform')];
  return (
    CONNECTION.every(name => typeof Reflect.get(Object(connection), name) === 'function') &&
    typeof Reflect.get(Object(platform), 'denormalizePrimaryKey') === 'function'
  );
}

function resultOf(object: object, method: string): unknown {
  const call: unknown = Reflect.get(object, method);
  return typeof call === 'function' ? Reflect.apply(call, object, []) : undefined;
}

/**
 * Sends the reads of the driver through `answer` as they reach its connection: filters, fields, ordering and paging are in
 * them, and what comes back has not been touched by the host yet. Streams go by.
 */
export function interceptMongoReads(driver: HostMongoDriver, isWanted: () => boolean, answer: AnswerRead): void {
  const connection = driver.getConnection();
  const find = connection.find.bind(connection);
  const countDocuments = connection.countDocuments.bind(connection);
  const aggregate = connection.aggregate.bind(connection);
  const primary = primaryReads(connection);
  const through = (read: () => MongoRead, send: () => Promise<unknown>): Promise<unknown> =>
    isWanted() ? answer(read(), node => (node === 'primary' ? primary.run(send) : send())) : send();
  const valuesOf = memoized((db: object) => Reflect.get(db, 'bsonOptions'));
  const readOf = (method: MongoRead['method'], entity: unknown, query: unknown, given: unknown): MongoRead => {
    const options = isDocument(given) ? given : {};
    return {
      method,
      collection: connection.getCollectionName(entity),
      query,
      options,
      values: valuesOf(connection.getDb()),
      inTransaction: options['ctx'] !== undefined,
      signal: options['signal'] instanceof AbortSignal ? options['signal'] : undefined,
    };
  };
  connection.find = (entity, where, options) =>
    through(
      () => readOf('find', entity, where, options),
      () => find(entity, where, options),
    );
  connection.countDocuments = (entity, where, options) =>
    through(
      () => readOf('countDocuments', entity, where, options),
      () => countDocuments(entity, where, options),
    );
  connection.aggregate = (entity, pipeline, ctx, logged, signal) =>
    through(
      () => readOf('aggregate', entity, pipeline, { ctx, signal }),
      () => aggregate(entity, pipeline, ctx, logged, signal),
    );
}

/**
 * Runs reads so that the primary answers them, whatever the client prefers: a secondary can lag. Stands before whatever
 * else routes the reads of the connection, and so is put there by the first read, when all of that is in place.
 */
function primaryReads(connection: HostMongoConnection): { run<T>(read: () => T): T } {
  const storage = new AsyncLocalStorage<true>();
  let isInPlace = false;
  const putInPlace = (): void => {
    isInPlace = true;
    const getCollection = connection.getCollection.bind(connection);
    connection.getCollection = entity =>
      storage.getStore()
        ? connection.getDb().collection(connection.getCollectionName(entity), { readPreference: 'primary' })
        : getCollection(entity);
  };
  return {
    run(read) {
      if (!isInPlace) putInPlace();
      return storage.run(true, read);
    },
  };
}

function memoized(make: (object: object) => unknown): (object: object) => unknown {
  const made = new WeakMap<object, unknown>();
  return object => {
    if (!made.has(object)) made.set(object, make(object));
    return made.get(object);
  };
}
