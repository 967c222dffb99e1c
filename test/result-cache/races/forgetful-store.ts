import type { CacheStore } from '@mikro-kit/result-cache';

/** A store that can lose all stamps and holds at once, as one that evicts them, and keeps its entries. */
export function forgetfulStore(store: CacheStore): CacheStore & { forget(): void } {
  let age = 0;
  const aged = (dependencies: readonly string[]): string[] => dependencies.map(dependency => `${age} ${dependency}`);
  return {
    ...store,
    read: (key, dependencies) => store.read(key, aged(dependencies)),
    stamp: dependencies => store.stamp(aged(dependencies)),
    mark: (dependencies, owner, holdMs) => store.mark(aged(dependencies), owner, holdMs),
    bump: (dependencies, owner) => store.bump(aged(dependencies), owner),
    forget: () => void age++,
  };
}
