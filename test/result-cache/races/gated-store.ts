import type { CacheStore } from '@mikro-kit/result-cache';

/** The calls that can be stopped. */
export type GatedCall = 'read' | 'stamp' | 'write' | 'mark' | 'bump' | 'lease' | 'release';

/** What one process sees of a shared store, whose calls can be stopped on their way in or lost. */
export interface GatedStore extends CacheStore {
  /** Stops calls of this kind from now on. Resolves when one has come. */
  stop(call: GatedCall): { readonly reached: Promise<void>; go(): void };
  /** From now on nothing that this process sends arrives, and nothing is answered: it has died. */
  die(): void;
}

/** A process's own view of `store`. */
export function gatedStore(store: CacheStore): GatedStore {
  const gates = new Map<GatedCall, { arrived: () => void; opened: Promise<void> }>();
  const [lease, release] = [store.lease?.bind(store), store.release?.bind(store)];
  let isDead = false;
  const pass = async <T>(call: GatedCall, work: () => Promise<T>): Promise<T> => {
    const gate = gates.get(call);
    gate?.arrived();
    await gate?.opened;
    return isDead ? new Promise<never>(() => undefined) : work();
  };
  return {
    read: (...args) => pass('read', () => store.read(...args)),
    stamp: (...args) => pass('stamp', () => store.stamp(...args)),
    write: (...args) => pass('write', () => store.write(...args)),
    mark: (...args) => pass('mark', () => store.mark(...args)),
    bump: (...args) => pass('bump', () => store.bump(...args)),
    ...(lease && { lease: (...args) => pass('lease', () => lease(...args)) }),
    ...(release && { release: (...args) => pass('release', () => release(...args)) }),
    ...(store.listen && { listen: store.listen.bind(store) }),
    clear: () => store.clear(),
    close: () => Promise.resolve(),
    stop(call) {
      const [arrival, opening] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      gates.set(call, { arrived: arrival.resolve, opened: opening.promise });
      const go = (): void => {
        gates.delete(call);
        opening.resolve();
      };
      return { reached: arrival.promise, go };
    },
    die: () => void (isDead = true),
  };
}
