import type { CacheStore } from './store.ts';

const users = new WeakMap<CacheStore, Set<object>>();

/**
 * Enters an ORM as one that uses a store, which it may share with others of this process. Returns the function that ends
 * that: it closes the store when nobody else is left.
 */
export function useStore(store: CacheStore): () => Promise<void> {
  const all = users.get(store) ?? new Set();
  users.set(store, all);
  const user = {};
  all.add(user);
  return async () => {
    all.delete(user);
    if (all.size === 0) await store.close();
  };
}
