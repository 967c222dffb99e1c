import { boundedStore } from './bounded-store.ts';
import type { Breaker } from './breaker.ts';
import type { CacheStore } from './store.ts';

/** The same store, which answers or rejects within `deadlineMs` milliseconds, and at once while `breaker` is open. */
export function protectedStore(store: CacheStore, deadlineMs: number, breaker: Breaker): CacheStore {
  const bounded = boundedStore(store, deadlineMs);
  const [lease, release] = [bounded.lease?.bind(bounded), bounded.release?.bind(bounded)];
  return {
    ...bounded,
    read: (key, dependencies) => breaker.run(() => bounded.read(key, dependencies)),
    stamp: dependencies => breaker.run(() => bounded.stamp(dependencies)),
    write: (key, entry, expirationMs) => breaker.run(() => bounded.write(key, entry, expirationMs)),
    mark: (dependencies, owner, holdMs) => breaker.run(() => bounded.mark(dependencies, owner, holdMs)),
    bump: (dependencies, owner) => breaker.run(() => bounded.bump(dependencies, owner)),
    ...(lease && { lease: (key, owner, leaseMs) => breaker.run(() => lease(key, owner, leaseMs)) }),
    ...(release && { release: (key, owner) => breaker.run(() => release(key, owner)) }),
  };
}
