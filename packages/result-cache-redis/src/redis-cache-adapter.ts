import { decodeExact, encodeExact, withinDeadline } from '@mikro-kit/result-cache';
import type { CacheAdapter } from '@mikro-orm/core';
import type { Redis } from 'ioredis';

import { escapeGlob } from './escape-glob.ts';
import { RedisConnection } from './redis-connection.ts';
import { unlinkAll } from './unlink-all.ts';

/** The `resultCache.options` of a {@link RedisCacheAdapter}. */
export interface RedisCacheAdapterOptions {
  /** Makes the client, on first use. A function, because MikroORM copies options deeply and would break a client. */
  readonly client: () => Redis;
  /** What all keys start with. Default `mikro-orm:`. */
  readonly prefix?: string;
  /** How long a result is kept when its call does not say, in milliseconds. Given by MikroORM; its default is 1,000. */
  readonly expiration?: number;
  /** How long a query waits for Redis before it goes on without it, in milliseconds. Default 100. */
  readonly commandTimeoutMs?: number;
}

/**
 * MikroORM's own result cache on Redis: `resultCache: { adapter: RedisCacheAdapter, options: { client } }`. Values keep
 * their types; one that would not is not kept. While Redis does not answer, every read is a miss.
 */
export class RedisCacheAdapter implements CacheAdapter {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #expiration: number;
  readonly #commandTimeoutMs: number;

  constructor(options: RedisCacheAdapterOptions) {
    const { client, prefix = 'mikro-orm:', expiration = 1_000, commandTimeoutMs = 100 } = options;
    this.#connection = new RedisConnection(client);
    this.#prefix = prefix;
    this.#expiration = expiration;
    this.#commandTimeoutMs = commandTimeoutMs;
  }

  /** What was kept under `name`, or `undefined`. MikroORM would take a `null` for a result. */
  async get<T>(name: string): Promise<T | undefined> {
    const bytes = await this.#quietly(redis => redis.getBuffer(this.#prefix + name));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host's interface asks for any type
    return (bytes ? decoded(bytes) : undefined) as T | undefined;
  }

  async set(name: string, data: unknown, _origin: string, expiration: number = this.#expiration): Promise<void> {
    const bytes = encodeExact(data);
    if (!bytes || expiration <= 0) return;
    await this.#quietly(redis => redis.set(this.#prefix + name, Buffer.from(bytes), 'PX', Math.ceil(expiration)));
  }

  async remove(name: string): Promise<void> {
    await this.#quietly(redis => redis.unlink(this.#prefix + name));
  }

  /** Removes what is under the prefix, and nothing else. */
  async clear(): Promise<void> {
    await unlinkAll(await this.#connection.ready(), `${escapeGlob(this.#prefix)}*`);
  }

  async close(): Promise<void> {
    await this.#connection.close(this.#commandTimeoutMs);
  }

  /** MikroORM fails a query whose cache fails; ours does not. */
  async #quietly<T>(work: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    const done = this.#connection.ready().then(work);
    return withinDeadline(done, this.#commandTimeoutMs, 'Redis').catch(() => undefined);
  }
}

/** Undefined for bytes that this adapter did not write. */
function decoded(bytes: Buffer): unknown {
  try {
    return decodeExact(bytes);
  } catch {
    return undefined;
  }
}
