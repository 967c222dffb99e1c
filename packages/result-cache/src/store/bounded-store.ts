import type { CacheStore } from './store.ts';
import { withinDeadline } from './within-deadline.ts';

/**
 * The same store, of whose calls none but `clear` and `close` takes longer than `deadlineMs` milliseconds. For a store
 * whose client sets no deadlines.
 */
export function boundedStore(store: CacheStore, deadlineMs: number): CacheStore {
  const bounded = <T>(call: string, work: () => Promise<T>): Promise<T> => {
    try {
      return withinDeadline(work(), deadlineMs, `The cache store's ${call}`);
    } catch (error) {
      return Promise.reject(error);
    }
  };
  return {
    read: (key, dependencies) => bounded('read', () => store.read(key, dependencies)),
    stamp: dependencies => bounded('stamp', () => store.stamp(dependencies)),
    write: (key, entry, expirationMs) => bounded('write', () => store.write(key, entry, expirationMs)),
    mark: (dependencies, owner, holdMs) => bounded('mark', () => store.mark(dependencies, owner, holdMs)),
    bump: (dependencies, owner) => bounded('bump', () => store.bump(dependencies, owner)),
    clear: () => store.clear(),
    close: () => store.close(),
    ...(store.lease && {
      lease: (key, owner, leaseMs) => bounded('lease', async () => store.lease?.(key, owner, leaseMs) ?? false),
    }),
    ...(store.release && { release: (key, owner) => bounded('release', async () => store.release?.(key, owner)) }),
    ...(store.listen && { listen: store.listen.bind(store) }),
    ...(store.isLocal !== undefined && { isLocal: store.isLocal }),
    ...(store.size && { size: store.size.bind(store) }),
  };
}
