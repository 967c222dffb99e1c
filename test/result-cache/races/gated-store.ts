import type { CacheStore } from '@mikro-kit/result-cache';

/** The calls that can be stopped. */
export type GatedCall = 'read' | 'stamp' | 'write' | 'mark' | 'bump' | 'lease' | 'release';

/** Where calls stand until they may go on. */
export interface Gate {
  readonly reached: Promise<void>;
  go(): void;
}

/** What one process sees of a shared store, whose calls can be stopped on their way in or lost. */
export interface GatedStore extends CacheStore {
  /** Stops calls of this kind from now on, or their answers. `reached` resolves when one has come. */
  stop(call: GatedCall, what?: 'call' | 'answer'): Gate;
  /** From now on nothing that this process sends arrives, and nothing is answered: it has died. */
  die(): void;
}

/** A process's own view of `store`. */
export function gatedStore(store: CacheStore): GatedStore {
  const gates = new Map<`${GatedCall} ${'call' | 'answer'}`, { arrived: () => void; opened: Promise<void> }>();
  const [lease, release] = [store.lease?.bind(store), store.release?.bind(store)];
  let isDead = false;
  const pass = async <T>(call: GatedCall, work: () => Promise<T>): Promise<T> => {
    await gateOf(`${call} call`);
    if (isDead) return new Promise<never>(() => undefined);
    const answer = await work();
    await gateOf(`${call} answer`);
    return isDead ? new Promise<never>(() => undefined) : answer;
  };
  const gateOf = (name: `${GatedCall} ${'call' | 'answer'}`): Promise<void> | undefined => {
    const gate = gates.get(name);
    gate?.arrived();
    return gate?.opened;
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
    stop(call, what = 'call') {
      const [arrival, opening] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      gates.set(`${call} ${what}`, { arrived: arrival.resolve, opened: opening.promise });
      const go = (): void => {
        gates.delete(`${call} ${what}`);
        opening.resolve();
      };
      return { reached: arrival.promise, go };
    },
    die: () => void (isDead = true),
  };
}
