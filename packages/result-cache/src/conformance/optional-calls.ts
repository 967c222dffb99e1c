import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert';

import type { CacheStore, Stamp } from '../store/store.ts';
import { MINUTE_MS, stamped, stampOf, unique, until, type Test } from './probes.ts';

/** Tests of `lease` and `release`. A store without them passes. */
export function leaseTests(test: Test): void {
  test('come with a way to end them', async store => {
    strictEqual(typeof store.lease, typeof store.release);
  });

  test('are given to one of many who ask at once, and to the next one when they are released', async store => {
    if (!store.lease) return;
    const key = unique();
    const owners = Array.from({ length: 20 }, unique);
    const given = await Promise.all(owners.map(async owner => store.lease?.(key, owner, MINUTE_MS)));
    strictEqual(given.filter(Boolean).length, 1);
    await store.release?.(key, owners[given.indexOf(true)] ?? '');
    strictEqual(await store.lease(key, 'next', MINUTE_MS), true);
    strictEqual(await store.lease(unique(), 'other', MINUTE_MS), true);
  });

  test('stand when somebody else releases them', async store => {
    if (!store.lease) return;
    const key = unique();
    await store.release?.(key, 'nobody');
    strictEqual(await store.lease(key, 'owner', MINUTE_MS), true);
    await store.release?.(key, 'stranger');
    strictEqual(await store.lease(key, 'stranger', MINUTE_MS), false);
  });

  test('lapse', async store => {
    if (!store.lease) return;
    const key = unique();
    strictEqual(await store.lease(key, 'dead', 30), true);
    await until(async () => (await store.lease?.(key, 'alive', MINUTE_MS)) === true);
    await store.release?.(key, 'dead');
    strictEqual(await store.lease(key, 'third', MINUTE_MS), false);
  });

  test('have nothing to do with what is kept and stamped under the same name', async store => {
    const key = unique();
    const nonce = await stamped(store, key);
    await store.write(key, Buffer.from('entry'), MINUTE_MS);
    await store.lease?.(key, 'owner', MINUTE_MS);
    await store.release?.(key, 'owner');
    const { entry, stamps } = await store.read(key, [key]);
    deepStrictEqual([entry && Buffer.from(entry), stamps], [Buffer.from('entry'), [{ state: 'set', nonce }]]);
  });
}

/** Tests of `listen`. A store without it passes. */
export function newsTests(test: Test): void {
  test('reach all who listen, from soon after they began', async store => {
    if (!store.listen) return;
    const heard = [new Set<string>(), new Set<string>()];
    for (const set of heard) {
      store.listen({ changed: dependencies => dependencies.forEach(one => set.add(one)), lost: () => undefined });
    }
    const dependency = unique();
    await bumpUntil(store, dependency, () => heard.every(set => set.has(dependency)));
  });

  test('come when the stamp is no longer what it was', async store => {
    if (!store.listen) return;
    const dependency = unique();
    const before = await stamped(store, dependency);
    const { promise, resolve } = Promise.withResolvers<Stamp>();
    store.listen({
      changed: dependencies => {
        if (dependencies.includes(dependency)) void stampOf(store, dependency).then(resolve, () => undefined);
      },
      lost: () => undefined,
    });
    let after: Stamp | undefined;
    void promise.then(stamp => (after = stamp));
    await bumpUntil(store, dependency, () => after !== undefined);
    notStrictEqual(after?.state === 'set' ? after.nonce : undefined, before);
  });

  test('end for one who has heard enough, and for nobody else', async store => {
    if (!store.listen) return;
    const [leaver, stayer] = [new Set<string>(), new Set<string>()];
    const [leave] = [leaver, stayer].map(set =>
      store.listen?.({ changed: dependencies => dependencies.forEach(one => set.add(one)), lost: () => undefined }),
    );
    const [first, second] = [unique(), unique()];
    await bumpUntil(store, first, () => leaver.has(first) && stayer.has(first));
    leave?.();
    leave?.();
    await bumpUntil(store, second, () => stayer.has(second));
    strictEqual(leaver.has(second), false);
  });
}

/** Bumps until it has come true: nobody is told when a store begins to listen. */
function bumpUntil(store: CacheStore, dependency: string, isSo: () => boolean): Promise<void> {
  return until(async () => {
    await store.bump([dependency], 'writer');
    return isSo();
  });
}
