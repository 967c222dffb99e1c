import { decodeExact, encodeExact } from '@mikro-kit/result-cache';
import type { CacheAdapter } from '@mikro-orm/core';

import { clearPrefix } from './clear-prefix.ts';
import { getAll } from './connection/get-all.ts';
import type { ClientOptions } from './connection/held-client.ts';
import type { Words } from './connection/keyed-command.ts';
import { RedisConnection } from './connection/redis-connection.ts';
import { allFromOwners } from './connection/send-to-owners.ts';
import type { Servers } from './connection/servers.ts';
import { envelope, type Envelope, type EnvelopeOptions } from './envelope.ts';
import { refuseImpossible } from './redis-store-options.ts';

/** The `resultCache.options` of a {@link RedisCacheAdapter}. MikroORM copies them deeply, which leaves functions alone. */
export interface RedisCacheAdapterOptions extends ClientOptions, EnvelopeOptions {
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
  readonly #envelope: Envelope;
  readonly #prefix: string;
  readonly #expiration: number;
  readonly #deadlineMs: number;

  /** @throws RedisStoreError `INVALID_OPTION` */
  constructor(options: RedisCacheAdapterOptions) {
    const { prefix = 'mikro-orm:', expiration = 1_000, commandTimeoutMs = 100 } = options;
    refuseImpossible('RedisCacheAdapter', commandTimeoutMs);
    this.#connection = new RedisConnection(options, commandTimeoutMs);
    this.#envelope = envelope(options);
    this.#prefix = prefix;
    this.#expiration = expiration;
    this.#deadlineMs = commandTimeoutMs;
  }

  /** What was kept under `name`, or `undefined`. MikroORM would take a `null` for a result. */
  async get<T>(name: string): Promise<T | undefined> {
    const found = await quietly(async () => {
      const { servers, key } = await this.#reach(name);
      const [answer] = await getAll(servers, [key], { deadlineMs: this.#deadlineMs });
      const bytes = Buffer.isBuffer(answer?.reply) ? this.#envelope.open(name, answer.reply) : undefined;
      return bytes && decodeExact(bytes);
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host's interface asks for any type
    return found as T | undefined;
  }

  async set(name: string, data: unknown, _origin: string, expiration: number = this.#expiration): Promise<void> {
    const bytes = expiration > 0 ? encodeExact(data) : undefined;
    const sealed = bytes && this.#envelope.seal(name, bytes);
    if (sealed) await quietly(() => this.#send(name, key => ['SET', key, sealed, 'PX', Math.ceil(expiration)]));
  }

  async remove(name: string): Promise<void> {
    await quietly(() => this.#send(name, key => ['UNLINK', key]));
  }

  /** Removes what is under the prefix, and nothing else. */
  async clear(): Promise<void> {
    const servers = await this.#connection.servers();
    await clearPrefix(servers, servers.wantedPrefix + this.#prefix);
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  async #reach(name: string): Promise<{ servers: Servers; key: string }> {
    const servers = await this.#connection.servers();
    return { servers, key: servers.wantedPrefix + this.#prefix + name };
  }

  async #send(name: string, words: (key: string) => Words): Promise<void> {
    const { servers, key } = await this.#reach(name);
    await allFromOwners(servers, [{ key, words: words(key) }], { deadlineMs: this.#deadlineMs });
  }
}

/** MikroORM fails a query whose cache fails; ours does not. */
async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
  return work().catch(() => undefined);
}
