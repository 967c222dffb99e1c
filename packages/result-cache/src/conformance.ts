import { deepStrictEqual, notStrictEqual, strictEqual } from 'node:assert';

import { leaseTests, newsTests } from './conformance/optional-calls.ts';
import {
  entryOf,
  HELD,
  MINUTE_MS,
  MISSING,
  noncesOf,
  stamped,
  stampOf,
  unique,
  until,
  type Test,
} from './conformance/probes.ts';
import type { CacheStore } from './store/store.ts';

export { chaosStore, type ChaosCall, type ChaosStore, type Disturbance } from './conformance/chaos-store.ts';

/** The two functions of a test runner that the suite needs; those of vitest, jest and `node:test` fit. */
export interface ConformanceRunner {
  readonly describe: (name: string, body: () => void) => unknown;
  readonly it: (name: string, body: () => Promise<void>) => unknown;
}

/** What a backend cannot do. Say so in the store's documentation too. */
export interface ConformanceTraits {
  /** `false`: a bump ends the holds of other owners as well. Default true. */
  readonly severalOwners?: boolean;
}

/**
 * Tests that hold for every {@link CacheStore}. `open` gives a store for each test, on a backend that may hold what
 * earlier tests left; each is closed at its end.
 */
export function storeConformance(
  { describe, it }: ConformanceRunner,
  name: string,
  open: () => CacheStore | Promise<CacheStore>,
  { severalOwners = true }: ConformanceTraits = {},
): void {
  const test: Test = (title, body) => it(title, () => withStore(open, body));
  describe(`${name}: entries`, () => entryTests(test));
  describe(`${name}: stamps`, () => stampTests(test));
  describe(`${name}: holds`, () => holdTests(test));
  if (severalOwners) describe(`${name}: holds of several owners`, () => ownerTests(test));
  describe(`${name}: leases, if it has them`, () => leaseTests(test));
  describe(`${name}: news of bumps, if it has them`, () => newsTests(test));
  describe(`${name}: the end`, () => {
    test('can be told twice', store => store.close());
  });
}

async function withStore(
  open: () => CacheStore | Promise<CacheStore>,
  body: (store: CacheStore) => Promise<void>,
): Promise<void> {
  const store = await open();
  try {
    await body(store);
  } finally {
    await store.close();
  }
}

function entryTests(test: Test): void {
  test('finds nothing under a key that was never written', async store => {
    deepStrictEqual(await store.read(unique(), []), { entry: undefined, stamps: [] });
  });

  test('gives back the bytes that were written, whatever they are and however many', async store => {
    for (const entry of [
      new Uint8Array(),
      Uint8Array.from({ length: 256 }, (_, at) => at),
      new Uint8Array(1_000_000).fill(255),
    ]) {
      const key = unique();
      await store.write(key, entry, MINUTE_MS);
      deepStrictEqual(await entryOf(store, key), Buffer.from(entry));
    }
  });

  test('replaces an entry by the next one of its key, and no other', async store => {
    const [one, other] = [unique(), unique()];
    await store.write(one, Buffer.from('first'), MINUTE_MS);
    await store.write(other, Buffer.from('other'), MINUTE_MS);
    await store.write(one, Buffer.from('second'), MINUTE_MS);
    deepStrictEqual(
      [await entryOf(store, one), await entryOf(store, other)],
      [Buffer.from('second'), Buffer.from('other')],
    );
  });

  test('forgets an entry when it expires', async store => {
    const key = unique();
    await store.write(key, Buffer.from('short'), 30);
    await until(async () => (await entryOf(store, key)) === undefined);
  });

  test('does not keep an entry whose time has already passed', async store => {
    const key = unique();
    for (const expirationMs of [0, -1]) await store.write(key, Buffer.from('late'), expirationMs);
    strictEqual(await entryOf(store, key), undefined);
  });

  test('clears entries, and leaves stamps and holds as they are', async store => {
    const [key, set, held] = [unique(), unique(), unique()];
    const nonce = await stamped(store, set);
    await store.mark([held], 'writer', MINUTE_MS);
    await store.write(key, Buffer.from('gone'), MINUTE_MS);
    await store.clear();
    deepStrictEqual(await store.read(key, [set, held]), {
      entry: undefined,
      stamps: [{ state: 'set', nonce }, HELD],
    });
  });
}

function stampTests(test: Test): void {
  test('are missing until one is asked for, and then stay', async store => {
    const dependency = unique();
    deepStrictEqual(await stampOf(store, dependency), MISSING);
    const nonce = await stamped(store, dependency);
    strictEqual(await stamped(store, dependency), nonce);
    deepStrictEqual(await stampOf(store, dependency), { state: 'set', nonce });
  });

  test('come in the order in which they were asked for, with the entry', async store => {
    const [key, one, other] = [unique(), unique(), unique()];
    const nonces = [await stamped(store, one), await stamped(store, other)];
    await store.write(key, Buffer.from('entry'), MINUTE_MS);
    const { entry, stamps } = await store.read(key, [other, unique(), one]);
    deepStrictEqual(stamps, [{ state: 'set', nonce: nonces[1] }, MISSING, { state: 'set', nonce: nonces[0] }]);
    deepStrictEqual(entry && Buffer.from(entry), Buffer.from('entry'));
  });

  test('can be read without an entry', async store => {
    const [set, missing] = [unique(), unique()];
    const nonce = await stamped(store, set);
    deepStrictEqual(await store.read(undefined, [set, missing]), {
      entry: undefined,
      stamps: [{ state: 'set', nonce }, MISSING],
    });
    deepStrictEqual(await store.read(undefined, []), { entry: undefined, stamps: [] });
  });

  test('are the same for all who ask at once, afterwards', async store => {
    const dependency = unique();
    await Promise.all(Array.from({ length: 10 }, () => store.stamp([dependency])));
    strictEqual(await stamped(store, dependency), await stamped(store, dependency));
  });
}

function holdTests(test: Test): void {
  test('stand from mark to bump, and the stamp is new after it', async store => {
    const dependency = unique();
    const before = await stamped(store, dependency);
    await store.mark([dependency], 'writer', MINUTE_MS);
    deepStrictEqual([await stampOf(store, dependency), ...(await store.stamp([dependency]))], [HELD, HELD]);
    await store.bump([dependency], 'writer');
    notStrictEqual(await stamped(store, dependency), before);
  });

  test('leave a new stamp after each bump, marked or not, applied twice or late', async store => {
    const dependency = unique();
    const seen = new Set([await stamped(store, dependency)]);
    for (const owner of ['one', 'one', 'other', 'one']) {
      await store.bump([dependency], owner);
      seen.add(await stamped(store, dependency));
    }
    strictEqual(seen.size, 5);
  });

  test('of many dependencies are made and ended together', async store => {
    const dependencies = Array.from({ length: 50 }, unique);
    const before = noncesOf(await store.stamp(dependencies));
    await store.mark(dependencies, 'writer', MINUTE_MS);
    deepStrictEqual(
      (await store.read(unique(), dependencies)).stamps,
      dependencies.map(() => HELD),
    );
    await store.bump(dependencies, 'writer');
    const after = noncesOf(await store.stamp(dependencies));
    strictEqual(new Set([...before, ...after]).size, 100);
  });

  test('leave a missing stamp when they lapse, and then a new one', async store => {
    const dependency = unique();
    const before = await stamped(store, dependency);
    await store.mark([dependency], 'dead', 30);
    await until(async () => (await stampOf(store, dependency)).state === 'missing');
    notStrictEqual(await stamped(store, dependency), before);
  });

  test('can be made by a mark that comes late', async store => {
    const dependency = unique();
    await store.bump([dependency], 'writer');
    await store.mark([dependency], 'writer', MINUTE_MS);
    deepStrictEqual(await stampOf(store, dependency), HELD);
  });
}

function ownerTests(test: Test): void {
  test('stand until the last of them has bumped', async store => {
    const dependency = unique();
    for (const owner of ['one', 'other']) await store.mark([dependency], owner, MINUTE_MS);
    await store.bump([dependency], 'other');
    await store.bump([dependency], 'stranger');
    deepStrictEqual(await stampOf(store, dependency), HELD);
    await store.bump([dependency], 'one');
    strictEqual((await stampOf(store, dependency)).state === 'held', false);
  });

  test('do not stand for an owner whose hold has lapsed', async store => {
    const dependency = unique();
    await store.mark([dependency], 'dead', 30);
    await store.mark([dependency], 'alive', MINUTE_MS);
    await until(async () => {
      await store.mark([dependency], 'alive', MINUTE_MS);
      await store.bump([dependency], 'alive');
      return (await stampOf(store, dependency)).state !== 'held';
    });
  });
}
