import { hash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import type { Found, Missing } from '../entries/tiers.ts';
import type { CacheStore } from '../store/store.ts';

/** Whose turn it is to load. */
export type Turn =
  /** Ours; or nobody's, and it was waited long enough. `end` lets the next one have it. */
  | { readonly kind: 'ours'; readonly end: () => void }
  /** There is something new to go by: an entry that another process made, or a write. */
  | { readonly kind: 'over'; readonly found: Found };

const FIRST_PAUSE_MS = 4;
const MAX_PAUSE_MS = 100;

/** One load at a time among the processes that share a store, where the store grants leases. */
export class Leases {
  readonly #store: CacheStore;
  readonly #leaseMs: number;

  /**
   * @param leaseMs how long a lease is granted; 0: there are none. The others wait for two of them: when the first has run
   *   out all of them ask for the next, which one of them gets
   */
  constructor(store: CacheStore, leaseMs: number) {
    this.#store = store;
    this.#leaseMs = leaseMs;
  }

  get areGranted(): boolean {
    return this.#store.lease !== undefined && this.#leaseMs > 0;
  }

  /**
   * Waits until it is our turn, or until `look` finds that there is nothing to wait for. It looks while it asks, in one
   * wave, so that what was loaded since the last look is found. Rejects when the store does.
   */
  async turn(id: string, miss: Missing, look: () => Promise<Found>, mayWait: () => boolean): Promise<Turn> {
    const [key, owner] = [hash('sha256', id, 'base64url'), randomUUID()];
    const end = (): void => void this.#store.release?.(key, owner).catch(() => undefined);
    const until = performance.now() + 2 * this.#leaseMs;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      const asked = Promise.all([this.#store.lease?.(key, owner, this.#leaseMs), look()]);
      const [isOurs, found] = await asked.catch((error: unknown) => {
        end();
        throw error;
      });
      if (!isSame(found, miss)) {
        if (isOurs) end();
        return { kind: 'over', found };
      }
      if (isOurs) return { kind: 'ours', end };
      if (!mayWait() || performance.now() > until) return { kind: 'ours', end: () => undefined };
      await delay(pauseMs * (0.5 + Math.random()));
    }
  }
}

function isSame(found: Found, { nonces }: Missing): boolean {
  return found.kind === 'miss' && found.nonces.every((nonce, at) => nonce === nonces[at]);
}
