import { AsyncLocalStorage } from 'node:async_hooks';

import { withinDeadline } from '@mikro-kit/result-cache';

import { KeyvStoreError } from './keyv-store-error.ts';

/** A value to be kept under a key, for `ttl` milliseconds when that is given. */
export interface KeyvText {
  readonly key: string;
  readonly value: string;
  readonly ttl?: number;
}

/** The part of a Keyv (5.6 or 6) that is used. */
export interface KeyvLike {
  get(key: string): Promise<unknown>;
  getMany(keys: string[]): Promise<unknown[]>;
  setMany(entries: { key: string; value: string; ttl?: number }[]): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  deleteMany(keys: string[]): Promise<unknown>;
  disconnect(): Promise<void>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
  /** Where the values live; asked only whether it reads many at once. */
  readonly store?: unknown;
  /** Keyv 5: whether a failed call rejects. Set to true. */
  throwOnErrors?: boolean;
}

/** A call of Keyv that has not ended, and the error that was told of meanwhile. */
interface Call {
  failure?: { readonly cause: unknown };
}

/**
 * A Keyv that is made on first use and rejects when it fails. Keyv itself answers a failed read like a missing value and
 * a failed delete like one of nothing, and only tells of an error by an event: so the call that led to the event counts
 * as failed, and every call that is under way when that cannot be told.
 */
export class KeyvClient {
  readonly #make: () => KeyvLike;
  readonly #current = new AsyncLocalStorage<Call>();
  readonly #underWay = new Set<Call>();
  #keyv: KeyvLike | undefined;

  constructor(make: () => KeyvLike) {
    this.#make = make;
  }

  /** The values of `keys` that are texts; everything we write is one. */
  async texts(keys: readonly string[]): Promise<(string | undefined)[]> {
    if (keys.length === 0) return [];
    const values = await this.#call(keyv => valuesOf(keyv, keys));
    return keys.map((_, at) => textOf(values[at]));
  }

  /** Each key once. */
  async set(entries: readonly KeyvText[]): Promise<void> {
    if (entries.length === 0) return;
    const done = await this.#call(keyv => keyv.setMany([...entries]));
    if (Array.isArray(done) && done.includes(false)) {
      throw new KeyvStoreError('WRITE_FAILED', 'Keyv did not keep a value, and did not say why.');
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    if (keys.length === 0) return;
    try {
      await this.#call(keyv => keyv.deleteMany([...keys]));
    } catch {
      // A Redis that is out of memory refuses whatever comes in a transaction, as many deletes do, but no single delete.
      await Promise.all(keys.map(key => this.#call(keyv => keyv.delete(key))));
    }
  }

  /**
   * Disconnects, without waiting for a backend that does not answer within `deadlineMs` milliseconds. Never rejects:
   * nobody could do anything about it.
   */
  async close(deadlineMs: number): Promise<void> {
    const keyv = this.#keyv;
    this.#keyv = undefined;
    if (!keyv) return;
    const answers = await withinDeadline(keyv.get('mikro-kit'), deadlineMs, 'Keyv').then(
      () => true,
      () => false,
    );
    const leaving = answers ? keyv.disconnect() : backendOf(keyv)?.disconnect(true);
    await withinDeadline(Promise.resolve(leaving), deadlineMs, 'Leaving Keyv').catch(() => {});
  }

  async #call<T>(work: (keyv: KeyvLike) => Promise<T>): Promise<T> {
    const keyv = (this.#keyv ??= this.#open());
    const call: Call = {};
    this.#underWay.add(call);
    try {
      const result = await this.#current.run(call, () => work(keyv));
      if (!call.failure) return result;
    } catch (error) {
      call.failure ??= { cause: error };
    } finally {
      this.#underWay.delete(call);
    }
    throw backendFailed(call.failure.cause);
  }

  #open(): KeyvLike {
    const keyv = this.#make();
    keyv.on('error', error => this.#blame(error));
    if ('throwOnErrors' in keyv) keyv.throwOnErrors = true;
    return keyv;
  }

  #blame(cause: unknown): void {
    const current = this.#current.getStore();
    const isTold = current !== undefined && this.#underWay.has(current);
    for (const call of isTold ? [current] : this.#underWay) call.failure = { cause };
  }
}

/** Keyv 5 hides the failures of `getMany` when its backend cannot read many at once, but not those of `get`. */
function valuesOf(keyv: KeyvLike, keys: readonly string[]): Promise<unknown[]> {
  return readsMany(keyv.store) ? keyv.getMany([...keys]) : Promise.all(keys.map(key => keyv.get(key)));
}

function readsMany(store: unknown): boolean {
  return typeof store === 'object' && store !== null && 'getMany' in store && typeof store.getMany === 'function';
}

/** A backend that can be left at once, as that of Redis can. */
interface Leavable {
  disconnect(force: true): unknown;
}

/** The innermost of a Keyv and its stores; Keyv 6 wraps those that were made for Keyv 5. */
function backendOf(keyv: unknown): Leavable | undefined {
  if (typeof keyv !== 'object' || keyv === null) return undefined;
  return ('store' in keyv && backendOf(keyv.store)) || (isLeavable(keyv) ? keyv : undefined);
}

function isLeavable(store: object): store is Leavable {
  return 'disconnect' in store && typeof store.disconnect === 'function';
}

function backendFailed(cause: unknown): KeyvStoreError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new KeyvStoreError('BACKEND_FAILED', `The backend of Keyv failed: ${why}`, { cause });
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
