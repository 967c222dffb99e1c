import { LRUCache } from 'lru-cache';

import { ResultCacheError } from '../result-cache-error.ts';
import type { Entry } from './entry.ts';

/** A tier in this process's memory, before a store that is shared. What was used longest ago goes first. */
export interface L1Options {
  /** Entries held at most, up to 1,000,000. Default 1,000. */
  readonly maxEntries?: number;
  /** Bytes of all entries and their keys together; an entry of its own that is larger is held by the store only. Default 16 MiB. */
  readonly maxBytes?: number;
  /** How long an entry is held at most, in milliseconds, if it does not expire before. Default: as long as it lives. */
  readonly expiration?: number;
}

/** When the stamps of an entry were last what the store had. */
export interface Confirmation {
  /** By this process's monotonic clock, before the store was asked. */
  readonly at: number;
  /** Of `HeardChanges`, before the store was asked. */
  readonly epoch: number;
}

/** An entry in memory. */
export interface HeldEntry {
  readonly entry: Entry;
  confirmed: Confirmation;
}

/** @throws ResultCacheError `INVALID_OPTION` */
export function refuseUnlessSound({ maxEntries = 1, maxBytes = 1, expiration = 1 }: L1Options): void {
  refuseUnlessWithin({ maxEntries }, MAX_ENTRIES);
  refuseUnlessWithin({ maxBytes }, Number.MAX_SAFE_INTEGER);
  if (!(expiration > 0)) throw invalid('expiration', 'more than 0 milliseconds', expiration);
}

/** Entries in memory, within bounds. Starts no timer, measures time by a monotonic clock. */
export class L1 {
  readonly #held: LRUCache<string, HeldEntry>;
  readonly #expirationMs: number;

  constructor({ maxEntries = 1_000, maxBytes = 16 * 1024 * 1024, expiration = Infinity }: L1Options) {
    this.#expirationMs = expiration;
    this.#held = new LRUCache({
      max: maxEntries,
      maxSize: maxBytes,
      sizeCalculation: ({ entry }, key) => entry.rows.byteLength + key.length + HEAD_BYTES * entry.nonces.length,
      ttlResolution: 0,
    });
  }

  get(key: string): HeldEntry | undefined {
    return this.#held.get(key);
  }

  /**
   * Holds an entry for what is left of its life. What is left is told by two processes' clocks: where they differ it is
   * held for longer or shorter, never longer than it lives.
   */
  hold(key: string, entry: Entry, confirmed: Confirmation): void {
    const ageMs = Math.max(0, Date.now() - entry.madeAt);
    const ttl = Math.floor(Math.min(this.#expirationMs, entry.lifetimeMs - ageMs));
    // What is left of the life of an entry of a shared store can be any number.
    if (ttl <= 0 || !Number.isSafeInteger(ttl)) return;
    // Copied: what a client gives can be a small part of a large buffer.
    this.#held.set(key, { entry: { ...entry, rows: new Uint8Array(entry.rows) }, confirmed }, { ttl });
  }

  /** Drops an entry, unless it has been replaced by another. */
  drop(key: string, held: HeldEntry): void {
    if (this.#held.peek(key) === held) this.#held.delete(key);
  }

  clear(): void {
    this.#held.clear();
  }

  size(): { readonly entries: number; readonly bytes: number } {
    return { entries: this.#held.size, bytes: this.#held.calculatedSize };
  }
}

/** What the nonce of a dependency takes, about. */
const HEAD_BYTES = 64;
/** `lru-cache` makes room for all of them at once, some 24 bytes each. */
const MAX_ENTRIES = 1_000_000;

function refuseUnlessWithin(option: Readonly<Record<string, number>>, most: number): void {
  for (const [name, value] of Object.entries(option)) {
    if (Number.isInteger(value) && value >= 1 && value <= most) continue;
    throw invalid(name, `a whole number from 1 to ${most}`, value);
  }
}

function invalid(name: string, range: string, value: number): ResultCacheError {
  return new ResultCacheError('INVALID_OPTION', `resultCache: l1.${name} must be ${range}, got ${value}.`);
}
