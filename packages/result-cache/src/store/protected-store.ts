import { boundedStore } from './bounded-store.ts';
import type { Breaker } from './breaker.ts';
import type { CacheStore } from './store.ts';

/** How long a write waits at most for a store that has failed several times in a row, in milliseconds. */
const ATTEMPT_MS = 25;

/**
 * The same store, which answers or rejects within `deadlineMs` milliseconds, and at once while `breaker` is open. Marks and
 * bumps go past the open breaker, with a shorter deadline: a write that a store could have heard of must not be lost on it.
 */
export function protectedStore(store: CacheStore, deadlineMs: number, breaker: Breaker): CacheStore {
  const bounded = boundedStore(store, deadlineMs);
  const attempts = boundedStore(store, Math.min(deadlineMs, ATTEMPT_MS));
  const [lease, release] = [bounded.lease?.bind(bounded), bounded.release?.bind(bounded)];
  return {
    ...bounded,
    read: (key, dependencies) => breaker.run(() => bounded.read(key, dependencies)),
    stamp: dependencies => breaker.run(() => bounded.stamp(dependencies)),
    write: (key, entry, expirationMs) => breaker.run(() => bounded.write(key, entry, expirationMs)),
    mark: (dependencies, owner, holdMs) =>
      breaker.insist(
        () => bounded.mark(dependencies, owner, holdMs),
        () => attempts.mark(dependencies, owner, holdMs),
      ),
    bump: (dependencies, owner) =>
      breaker.insist(
        () => bounded.bump(dependencies, owner),
        () => attempts.bump(dependencies, owner),
      ),
    ...(lease && { lease: (key, owner, leaseMs) => breaker.run(() => lease(key, owner, leaseMs)) }),
    ...(release && { release: (key, owner) => breaker.run(() => release(key, owner)) }),
  };
}
