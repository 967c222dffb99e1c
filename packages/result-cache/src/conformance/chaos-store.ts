import { ResultCacheError } from '../result-cache-error.ts';
import type { CacheStore } from '../store/store.ts';

/** The calls of a store that can be disturbed. */
export type ChaosCall = 'read' | 'stamp' | 'write' | 'mark' | 'bump' | 'lease' | 'release';

/** How a call is disturbed: it rejects with a {@link ResultCacheError} `STORE_BROKEN`, it waits for so many milliseconds first, or it never answers. */
export type Disturbance = 'fails' | 'hangs' | { readonly delayMs: number };

/** A store that can be made to misbehave, for tests of what stands on one. It passes everything through until told otherwise. */
export interface ChaosStore extends CacheStore {
  /** Disturbs these calls from now on, or all of them. What fails or hangs does not reach the store. */
  disturb(disturbance: Disturbance, calls?: readonly ChaosCall[]): void;
  /** Ends all disturbances. */
  heal(): void;
  /** What was asked of it so far, in order, disturbed or not. */
  readonly calls: readonly ChaosCall[];
}

const EVERY_CALL: readonly ChaosCall[] = ['read', 'stamp', 'write', 'mark', 'bump', 'lease', 'release'];

/** `store`, which can be made to misbehave. */
export function chaosStore(store: CacheStore): ChaosStore {
  const disturbances = new Map<ChaosCall, Disturbance>();
  const calls: ChaosCall[] = [];
  const [lease, release] = [store.lease?.bind(store), store.release?.bind(store)];
  const pass = async <T>(call: ChaosCall, work: () => Promise<T>): Promise<T> => {
    calls.push(call);
    const disturbance = disturbances.get(call);
    if (disturbance) await disturbed(call, disturbance);
    return work();
  };
  return {
    ...store,
    calls,
    disturb: (disturbance, which = EVERY_CALL) => which.forEach(call => disturbances.set(call, disturbance)),
    heal: () => disturbances.clear(),
    read: (key, dependencies) => pass('read', () => store.read(key, dependencies)),
    stamp: dependencies => pass('stamp', () => store.stamp(dependencies)),
    write: (key, entry, expirationMs) => pass('write', () => store.write(key, entry, expirationMs)),
    mark: (dependencies, owner, holdMs) => pass('mark', () => store.mark(dependencies, owner, holdMs)),
    bump: (dependencies, owner) => pass('bump', () => store.bump(dependencies, owner)),
    ...(lease && { lease: (key, owner, leaseMs) => pass('lease', () => lease(key, owner, leaseMs)) }),
    ...(release && { release: (key, owner) => pass('release', () => release(key, owner)) }),
  };
}

async function disturbed(call: ChaosCall, disturbance: Disturbance): Promise<void> {
  if (disturbance === 'fails') throw new ResultCacheError('STORE_BROKEN', `${call} failed, as it was told to.`);
  const { promise, resolve } = Promise.withResolvers<void>();
  if (disturbance !== 'hangs') setTimeout(resolve, disturbance.delayMs);
  await promise;
}
