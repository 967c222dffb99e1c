import { decodeExact, encodeExact, withinDeadline } from '@mikro-kit/result-cache';
import type { CacheAdapter } from '@mikro-orm/core';

import { KeyvClient, type KeyvLike } from './keyv-client.ts';
import { KeyvEntries } from './keyv-entries.ts';

/** The `resultCache.options` of a {@link KeyvCacheAdapter}. */
export interface KeyvCacheAdapterOptions {
  /** Makes the Keyv, on first use. A function, because MikroORM copies options deeply and would break a Keyv. */
  readonly keyv: () => KeyvLike;
  /** How long a result is kept when its call does not say, in milliseconds. Given by MikroORM; its default is 1,000. */
  readonly expiration?: number;
  /** How long a query waits for the backend before it goes on without it, in milliseconds. Default 100. */
  readonly commandTimeoutMs?: number;
}

/**
 * MikroORM's own result cache on a Keyv: `resultCache: { adapter: KeyvCacheAdapter, options: { keyv } }`. Values keep
 * their types; one that would not is not kept. While the backend does not answer, every read is a miss.
 */
export class KeyvCacheAdapter implements CacheAdapter {
  readonly #client: KeyvClient;
  readonly #results: KeyvEntries;
  readonly #expiration: number;
  readonly #commandTimeoutMs: number;

  constructor({ keyv, expiration = 1_000, commandTimeoutMs = 100 }: KeyvCacheAdapterOptions) {
    this.#client = new KeyvClient(keyv);
    this.#results = new KeyvEntries(this.#client, 'result');
    this.#expiration = expiration;
    this.#commandTimeoutMs = commandTimeoutMs;
  }

  /** What was kept under `name`, or `undefined`. MikroORM would take a `null` for a result. */
  async get<T>(name: string): Promise<T | undefined> {
    const found = await this.#quietly(this.#results.read(name));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host's interface asks for any type
    return (found?.entry && decoded(found.entry)) as T | undefined;
  }

  async set(name: string, data: unknown, _origin: string, expiration: number = this.#expiration): Promise<void> {
    const bytes = encodeExact(data);
    if (bytes) await this.#quietly(this.#results.write(name, bytes, expiration));
  }

  async remove(name: string): Promise<void> {
    await this.#quietly(this.#results.remove(name));
  }

  /** Makes all results invisible, and leaves everything else in the backend alone. Rejects when that is not possible. */
  async clear(): Promise<void> {
    await this.#bounded(this.#results.clear());
  }

  async close(): Promise<void> {
    await this.#client.close(this.#commandTimeoutMs);
  }

  /** MikroORM fails a query whose cache fails; ours does not. */
  async #quietly<T>(work: Promise<T>): Promise<T | undefined> {
    return this.#bounded(work).catch(() => undefined);
  }

  #bounded<T>(work: Promise<T>): Promise<T> {
    return withinDeadline(work, this.#commandTimeoutMs, 'Keyv');
  }
}

/** Undefined for bytes that this adapter did not write. */
function decoded(bytes: Uint8Array): unknown {
  try {
    return decodeExact(bytes);
  } catch {
    return undefined;
  }
}
