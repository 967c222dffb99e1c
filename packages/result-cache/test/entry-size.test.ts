import { memoryStore, type ResultCacheOptions } from '@mikro-kit/result-cache';
import { expect, it, vi } from 'vitest';

import { chaosStore, type ChaosStore } from '../src/conformance.ts';
import { City, cityDatabase, type CityDatabase } from './city-database.ts';

async function opened(options: ResultCacheOptions): Promise<CityDatabase & { store: ChaosStore }> {
  const store = chaosStore({ ...memoryStore(), isLocal: false });
  return { ...(await cityDatabase({ store, l1: {}, ...options })), store };
}

const find = ({ orm }: CityDatabase): Promise<unknown> => orm.em.fork().find(City, {});

it('what is larger than maxEntryBytes is kept in no tier, counted, and said', async () => {
  const db = await opened({ maxEntryBytes: 100 });
  for (let read = 0; read < 2; read++) {
    expect(await db.cache.explain(() => find(db))).toEqual([
      { kind: 'miss', because: 'no entry' },
      { kind: 'not kept', reason: 'too large' },
    ]);
  }
  expect(db.store.calls).not.toContain('write');
  expect(db.cache.stats()).toMatchObject({ fills: 0, bypassed: { 'too large': 2 }, tiers: { l1: { entries: 0 } } });
  await db.orm.em.fork().findOneOrFail(City, 1, { fields: ['name'] });
  expect(db.cache.stats()).toMatchObject({ fills: 1, tiers: { l1: { entries: 1 } } });
});

it('8 MiB are kept by default, and no more', async () => {
  const db = await opened({});
  const [most, more] = [8 * 1024 * 1024, 8 * 1024 * 1024 + 1].map(size => 'x'.repeat(size - '""'.length));
  for (const [name, text] of Object.entries({ most, more })) expect(await db.cache.wrap(name, () => text)).toBe(text);
  expect(db.cache.stats()).toMatchObject({ fills: 1, bypassed: { 'too large': 1 } });
});

it('those of one process share what is too large, and no other process is made to wait for it', async () => {
  const db = await opened({ maxEntryBytes: 10 });
  const { promise: gate, resolve: go } = Promise.withResolvers<void>();
  let loads = 0;
  const load = async (): Promise<string> => {
    loads++;
    await gate;
    return 'more than ten';
  };
  const [first] = [db.cache.wrap('large', load)];
  const others = Array.from({ length: 9 }, () => db.cache.wrap('large', load));
  await vi.waitUntil(() => db.cache.stats().misses === 10);
  go();
  expect(new Set(await Promise.all([first, ...others]))).toEqual(new Set(['more than ten']));
  expect(loads).toBe(1);
  const asked = db.store.calls.length;
  await db.cache.wrap('large', load);
  expect(db.store.calls.slice(asked)).toEqual(['read']);
});
