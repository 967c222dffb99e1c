import { randomUUID } from 'node:crypto';

import { boundedStore, type CacheStore, type Stamp } from '@mikro-kit/result-cache';
import type { Redis } from 'ioredis';

import { escapeGlob } from './escape-glob.ts';
import { RedisConnection } from './redis-connection.ts';
import { RedisStoreError } from './redis-store-error.ts';
import { BUMP, MARK, STAMP } from './stamp-scripts.ts';
import { unlinkAll } from './unlink-all.ts';

/** Options of {@link redisStore}. */
export interface RedisStoreOptions {
  /** Makes the client. It is called on first use; the client is ours and closed with the ORM. */
  readonly client: () => Redis;
  /** What all keys start with. Give each database its own. Default `mikro-kit:`. */
  readonly prefix?: string;
  /** How long a query waits for Redis before it goes on without it, in milliseconds. Default 100. */
  readonly commandTimeoutMs?: number;
}

/** Unused stamps go after a week. What they stood for is a miss then. */
const STAMP_LIFETIME_MS = 7 * 24 * 60 * 60 * 1_000;

/** A store in one Redis (5 or later), shared by all processes that give it the same `prefix`. */
export function redisStore({ client, prefix = 'mikro-kit:', commandTimeoutMs = 100 }: RedisStoreOptions): CacheStore {
  const connection = new RedisConnection(client);
  const stampKey = (dependency: string): string => `${prefix}s:${dependency}`;

  /** Runs a script for each dependency, in one round trip. */
  const forEach = async (
    script: string,
    dependencies: readonly string[],
    args: readonly (string | number)[],
  ): Promise<unknown[]> => {
    const pipeline = (await connection.ready()).pipeline();
    for (const dependency of dependencies) pipeline.eval(script, 1, stampKey(dependency), ...args);
    return results(await pipeline.exec());
  };

  const store: CacheStore = {
    read: async (key, dependencies) => {
      const redis = await connection.ready();
      const runId = connection.runId(redis);
      // Without a key, one that nothing is written under.
      const keys = [entryKey(prefix, await runId, key ?? ''), ...dependencies.map(stampKey)];
      const [entry, ...stamps] = await redis.mgetBuffer(keys);
      // ioredis sends a command again after a reconnect, perhaps to a server that has lost what was bumped meanwhile.
      if (connection.runId(redis) !== runId)
        throw new RedisStoreError('RECONNECTED', 'Redis reconnected during a read.');
      return { entry: entry ?? undefined, stamps: stamps.map(stampOf) };
    },
    stamp: async dependencies => (await forEach(STAMP, dependencies, [randomUUID(), STAMP_LIFETIME_MS])).map(stampOf),
    write: async (key, entry, expirationMs) => {
      if (expirationMs <= 0) return;
      const redis = await connection.ready();
      await redis.set(
        entryKey(prefix, await connection.runId(redis), key),
        Buffer.from(entry),
        'PX',
        Math.ceil(expirationMs),
      );
    },
    mark: async (dependencies, owner, holdMs) => void (await forEach(MARK, dependencies, [owner, Math.ceil(holdMs)])),
    bump: async (dependencies, owner) =>
      void (await forEach(BUMP, dependencies, [owner, randomUUID(), STAMP_LIFETIME_MS])),
    clear: async () => unlinkAll(await connection.ready(), `${escapeGlob(prefix)}e:*`),
    close: () => connection.close(commandTimeoutMs),
  };
  return boundedStore(store, commandTimeoutMs);
}

function entryKey(prefix: string, runId: string, key: string): string {
  return `${prefix}e:${runId}:${key}`;
}

function stampOf(value: unknown): Stamp {
  const text = Buffer.isBuffer(value) ? value.toString() : value;
  if (typeof text !== 'string') return { state: 'missing' };
  return text.startsWith('s:') ? { state: 'set', nonce: text.slice(2) } : { state: 'held' };
}

function results(replies: [error: Error | null, result: unknown][] | null): unknown[] {
  if (!replies) throw new RedisStoreError('BAD_REPLY', 'Redis gave no reply to a pipeline.');
  return replies.map(([error, result]) => {
    if (error) throw error;
    return result;
  });
}
