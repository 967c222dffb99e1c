import type { CacheStore, Stamp, StoreRead } from './store.ts';

/**
 * The same store, of which equal questions that begin together are asked once: a thousand reads of one entry cost what one
 * costs. A question goes out as the next microtask, after all who share it have begun, so none of them gets an answer from
 * before its time.
 */
export function sharingQuestions(store: CacheStore): CacheStore {
  const read = shared<StoreRead>();
  const stamp = shared<readonly Stamp[]>();
  return {
    ...store,
    // A key stands for its dependencies too.
    read: (key, dependencies) => read(key ?? JSON.stringify(dependencies), () => store.read(key, dependencies)),
    stamp: dependencies => stamp(JSON.stringify(dependencies), () => store.stamp(dependencies)),
  };
}

const SETTLED = Promise.resolve();

function shared<T>(): (id: string, ask: () => Promise<T>) => Promise<T> {
  const toAsk = new Map<string, Promise<T>>();
  return (id, ask) => {
    const known = toAsk.get(id);
    if (known) return known;
    const asked = new Promise<T>((resolve, reject) => {
      void SETTLED.then(() => {
        toAsk.delete(id);
        return ask().then(resolve, reject);
      });
    });
    toAsk.set(id, asked);
    return asked;
  };
}
