import type { CacheStore, Stamp, StoreRead } from './store.ts';

/**
 * The same store, of which equal questions of one turn of the event loop are asked once: a thousand reads of one entry
 * that begin together cost what one costs. The question goes out after all who share it have begun, so none of them gets
 * an answer from before its time.
 */
export function askedOncePerTurn(store: CacheStore): CacheStore {
  const read = oncePerTurn<StoreRead>();
  const stamp = oncePerTurn<readonly Stamp[]>();
  return {
    ...store,
    // A key stands for its dependencies too.
    read: (key, dependencies) => read(key ?? JSON.stringify(dependencies), () => store.read(key, dependencies)),
    stamp: dependencies => stamp(JSON.stringify(dependencies), () => store.stamp(dependencies)),
  };
}

function oncePerTurn<T>(): (id: string, ask: () => Promise<T>) => Promise<T> {
  const toAsk = new Map<string, Promise<T>>();
  return (id, ask) => {
    const shared = toAsk.get(id);
    if (shared) return shared;
    const { promise, resolve } = Promise.withResolvers<T>();
    toAsk.set(id, promise);
    process.nextTick(() => {
      toAsk.delete(id);
      resolve(ask());
    });
    return promise;
  };
}
