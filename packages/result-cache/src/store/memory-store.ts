import { randomUUID } from 'node:crypto';

import { LRUCache } from 'lru-cache';

import { ResultCacheError } from '../result-cache-error.ts';
import type { BusListener, CacheStore, Stamp } from './store.ts';

/** How much a {@link memoryStore} may hold. What was used longest ago goes first. */
export interface MemoryStoreOptions {
  /** Entries held at most, up to 1,000,000. Default 10,000. */
  readonly maxEntries?: number;
  /** Bytes of all entries and their keys together. An entry of its own size or more is not held. Default 64 MiB. */
  readonly maxBytes?: number;
}

type StoredStamp = { readonly nonce: string } | { readonly holds: ReadonlyMap<string, number> };

/** `lru-cache` makes room for all of them at once, some 24 bytes each. */
const MAX_ENTRIES = 1_000_000;

function refuseUnlessWithin(option: Readonly<Record<string, number>>, most: number): void {
  for (const [name, value] of Object.entries(option)) {
    if (Number.isInteger(value) && value >= 1 && value <= most) continue;
    const problem = `memoryStore: ${name} must be a whole number from 1 to ${most}, got ${value}.`;
    throw new ResultCacheError('INVALID_OPTION', problem);
  }
}

const MAX_STAMPS = 100_000;
const MAX_LEASES = 10_000;
const MISSING: Stamp = { state: 'missing' };

/**
 * A store in this process's memory: the default. Bounded, starts no timer, measures time by a monotonic clock.
 *
 * @throws ResultCacheError `INVALID_OPTION`
 */
export function memoryStore({ maxEntries = 10_000, maxBytes = 64 * 1024 * 1024 }: MemoryStoreOptions = {}): CacheStore {
  refuseUnlessWithin({ maxEntries }, MAX_ENTRIES);
  refuseUnlessWithin({ maxBytes }, Number.MAX_SAFE_INTEGER);
  const entries = new LRUCache<string, Uint8Array>({
    max: maxEntries,
    maxSize: maxBytes,
    sizeCalculation: (entry, key) => entry.byteLength + key.length,
    ttlResolution: 0,
  });
  const stamps = new MemoryStamps();
  const leases = new LRUCache<string, string>({ max: MAX_LEASES, ttlResolution: 0 });
  const listeners = new Set<BusListener>();
  return {
    isLocal: true,
    read: async (key, dependencies) => ({
      entry: key === undefined ? undefined : entries.get(key),
      stamps: stamps.read(dependencies),
    }),
    stamp: async dependencies => stamps.stamp(dependencies),
    write: async (key, entry, expirationMs) => {
      if (expirationMs > 0) entries.set(key, entry, { ttl: Math.ceil(expirationMs) });
    },
    mark: async (dependencies, owner, holdMs) => stamps.mark(dependencies, owner, holdMs),
    bump: async (dependencies, owner) => {
      stamps.bump(dependencies, owner);
      for (const listener of listeners) listener.changed(dependencies);
    },
    clear: async () => entries.clear(),
    close: async () => entries.clear(),
    lease: async (key, owner, leaseMs) => {
      if ((leases.get(key) ?? owner) !== owner) return false;
      leases.set(key, owner, { ttl: Math.ceil(leaseMs) });
      return true;
    },
    release: async (key, owner) => {
      if (leases.get(key) === owner) leases.delete(key);
    },
    listen: listener => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    size: () => ({ entries: entries.size, bytes: entries.calculatedSize }),
  };
}

class MemoryStamps {
  readonly #stamps = new LRUCache<string, StoredStamp>({ max: MAX_STAMPS });

  read(dependencies: readonly string[]): Stamp[] {
    return dependencies.map(dependency => this.#read(dependency));
  }

  stamp(dependencies: readonly string[]): Stamp[] {
    for (const dependency of dependencies) if (this.#read(dependency) === MISSING) this.#renew(dependency);
    return this.read(dependencies);
  }

  mark(dependencies: readonly string[], owner: string, holdMs: number): void {
    const until = performance.now() + holdMs;
    for (const dependency of dependencies) {
      this.#stamps.set(dependency, { holds: new Map([...this.#holds(dependency), [owner, until]]) });
    }
  }

  bump(dependencies: readonly string[], owner: string): void {
    for (const dependency of dependencies) {
      const others = new Map(this.#holds(dependency).filter(([holder]) => holder !== owner));
      if (others.size > 0) this.#stamps.set(dependency, { holds: others });
      else this.#renew(dependency);
    }
  }

  #read(dependency: string): Stamp {
    const stored = this.#stamps.get(dependency);
    if (!stored) return MISSING;
    if ('nonce' in stored) return { state: 'set', nonce: stored.nonce };
    return this.#holds(dependency).length > 0 ? { state: 'held' } : MISSING;
  }

  /** The holds that have not lapsed. */
  #holds(dependency: string): [owner: string, until: number][] {
    const stored = this.#stamps.get(dependency);
    if (!stored || 'nonce' in stored) return [];
    return [...stored.holds].filter(([, until]) => until > performance.now());
  }

  #renew(dependency: string): void {
    this.#stamps.set(dependency, { nonce: randomUUID() });
  }
}
