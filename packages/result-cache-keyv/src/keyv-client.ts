import { KeyvStoreError } from './keyv-store-error.ts';

/** The part of a Keyv (5.6 or 6) that is used. */
export interface KeyvLike {
  getMany(keys: string[]): Promise<unknown[]>;
  set(key: string, value: string, ttl?: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  clear(): Promise<void>;
  disconnect(): Promise<void>;
  on(event: 'error', listener: (error: unknown) => void): unknown;
}

/**
 * A Keyv that is made on first use and rejects when it fails. Keyv itself answers a failed read like a missing value and
 * a failed delete like one of nothing, and only tells of an error by an event: so a call during which one was told
 * counts as failed.
 */
export class KeyvClient {
  readonly #make: () => KeyvLike;
  #keyv: KeyvLike | undefined;
  #failures = 0;
  #lastFailure: unknown;

  constructor(make: () => KeyvLike) {
    this.#make = make;
  }

  /** The values of `keys` that are texts; everything we write is one. */
  async texts(keys: readonly string[]): Promise<(string | undefined)[]> {
    const values = await this.#call(keyv => keyv.getMany([...keys]));
    return keys.map((_, at) => textOf(values[at]));
  }

  async set(key: string, value: string, ttlMs?: number): Promise<void> {
    const done = await this.#call(keyv => (ttlMs === undefined ? keyv.set(key, value) : keyv.set(key, value, ttlMs)));
    if (done === false) throw new KeyvStoreError('WRITE_FAILED', 'Keyv did not keep a value.');
  }

  async delete(key: string): Promise<void> {
    await this.#call(keyv => keyv.delete(key));
  }

  async clear(): Promise<void> {
    await this.#call(keyv => keyv.clear());
  }

  async close(): Promise<void> {
    const keyv = this.#keyv;
    this.#keyv = undefined;
    await keyv?.disconnect();
  }

  async #call<T>(work: (keyv: KeyvLike) => Promise<T>): Promise<T> {
    const keyv = (this.#keyv ??= this.#open());
    const failuresBefore = this.#failures;
    const result = await work(keyv);
    if (this.#failures === failuresBefore) return result;
    throw new KeyvStoreError('BACKEND_FAILED', 'The backend of Keyv failed.', { cause: this.#lastFailure });
  }

  #open(): KeyvLike {
    const keyv = this.#make();
    keyv.on('error', error => {
      this.#failures++;
      this.#lastFailure = error;
    });
    return keyv;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
