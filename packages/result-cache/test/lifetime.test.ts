import { memoryStore, type CacheStore, type ResultCacheOptions } from '@mikro-kit/result-cache';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { isDueEarly, isNegative, lifetimeOf } from '../src/entries/lifetime.ts';
import { City, cityDatabase, Country, type CityDatabase } from './city-database.ts';

afterEach(() => void vi.restoreAllMocks());

/** A store, and how long its entries were to live, in the order in which they were written. */
function watchedStore(): { store: CacheStore; lifetimes: number[] } {
  const store = memoryStore();
  const lifetimes: number[] = [];
  const write: CacheStore['write'] = (key, entry, expirationMs) => {
    lifetimes.push(expirationMs);
    return store.write(key, entry, expirationMs);
  };
  return { store: { ...store, write }, lifetimes };
}

/** How long the entries live that `call` makes. */
async function lifetimesOf(
  options: ResultCacheOptions,
  call: (db: CityDatabase) => Promise<unknown>,
): Promise<number[]> {
  const { store, lifetimes } = watchedStore();
  const db = await cityDatabase({ store, jitter: 0, ...options });
  await call(db);
  return lifetimes;
}

describe('results that say that there is nothing', () => {
  it.each([null, undefined, [], 0, 0n, { count: 0 }, { count: '0' }])('%o is one', rows => {
    expect(isNegative(rows)).toBe(true);
  });

  it.each(['', false, {}, [0], [null], { count: 1 }, { count: 0, id: 1 }, 1])('%o is none', rows => {
    expect(isNegative(rows)).toBe(false);
  });

  it('are kept for negativeExpiration, whatever the kind of read', async () => {
    const lifetimes = await lifetimesOf({ negativeExpiration: 7_000 }, async ({ orm, cache }) => {
      const em = orm.em.fork();
      await em.findOne(City, 99);
      await em.find(City, { name: 'nowhere' });
      await em.count(City, { name: 'nowhere' });
      await em.findAndCount(City, { id: { $gt: 99 } });
      await em.createQueryBuilder(City).where({ id: 99 }).getCount();
      await cache.wrap('nothing', () => null);
    });
    expect(lifetimes).toEqual(Array.from({ length: 7 }, () => 7_000));
  });

  it('are hits, and told from what is not cached', async () => {
    const db = await cityDatabase();
    const find = () => db.orm.em.fork().findOne(City, 99);
    expect(await db.statements(async () => expect([await find(), await find()]).toEqual([null, null]))).toHaveLength(1);
    await db.orm.em.fork().insert(City, { id: 99, name: 'Cusco', country: 'PE' });
    expect((await find())?.name).toBe('Cusco');
  });

  it('are kept no longer than other entries, and as long as the call or the annotation says', async () => {
    const lifetimes = await lifetimesOf({}, async ({ orm, cache }) => {
      await orm.em.fork().find(Country, { name: 'nowhere' });
      await orm.em.fork().find(Country, { name: 'nowhere else' }, { cache: 30_000 });
      await cache.wrap('nothing', () => 0, { negativeExpiration: 20_000 });
      await cache.wrap('less', () => 0, { negativeExpiration: 20_000, expiration: 10 });
    });
    expect(lifetimes).toEqual([900, 30_000, 20_000, 10]);
  });
});

describe('jitter', () => {
  it('spreads lifetimes over a tenth, and none is longer than told', () => {
    const lifetime = { expirationMs: 1_000, negativeExpirationMs: 100, jitter: 0.1, earlyRefresh: 0 };
    const lifetimes = Array.from({ length: 1_000 }, () => lifetimeOf(lifetime, 'rows'));
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(900);
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(1_000);
    expect(new Set(lifetimes.map(ms => Math.floor(ms / 20))).size).toBeGreaterThanOrEqual(5);
  });

  it('is none where a call says what is none', () => {
    for (const expirationMs of [Number.NaN, 0, -1]) {
      expect(lifetimeOf({ expirationMs, negativeExpirationMs: expirationMs, jitter: 0, earlyRefresh: 0 }, [1])).toBe(0);
    }
  });

  it('leaves lifetimes finite, also those that are not', async () => {
    const db = await cityDatabase({ expiration: Infinity });
    const read = () => db.cache.wrap('for ever', () => 'x');
    await db.orm.em.fork().find(City, {}, { cache: Infinity });
    expect(await db.statements(async () => void (await db.orm.em.fork().find(City, {}, { cache: Infinity })))).toEqual(
      [],
    );
    expect([await read(), await read(), db.cache.stats().failures]).toEqual(['x', 'x', 0]);
    expect(db.cache.stats().hits).toBe(2);
  });

  it('is there by default, and not where a call says how long', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { store, lifetimes } = watchedStore();
    const db = await cityDatabase({ store });
    await db.orm.em.fork().findOne(City, 1);
    await db.orm.em.fork().find(City, { name: 'Lima' }, { cache: 5_000 });
    await db.orm.em.fork().find(City, { name: 'Recife' }, { cache: ['named', 5_000] });
    expect(lifetimes).toEqual([57_000, 5_000, 5_000]);
  });
});

/** Of 10,000 hits. */
function due(earlyRefresh: number, loadMs: number, leftMs: number): number {
  const lifetime = { expirationMs: 1_000, negativeExpirationMs: 1_000, jitter: 0, earlyRefresh };
  return Array.from({ length: 10_000 }, () => isDueEarly(lifetime, loadMs, leftMs)).filter(Boolean).length;
}

describe('earlyRefresh', () => {
  it('is the likelier the longer a load takes and the sooner an entry expires, and off at 0', () => {
    // The probability is e^(-left / (β Δ)).
    expect(Math.abs(due(1, 100, 100) - 3_679)).toBeLessThan(300);
    expect(Math.abs(due(2, 100, 100) - 6_065)).toBeLessThan(300);
    expect([due(1, 1, 1_000), due(0, 100, 1), due(1, 100, -1)]).toEqual([0, 0, 0]);
  });

  it('gives what is there, and calls the function anew in the background, once at a time', async () => {
    const db = await cityDatabase();
    const gate = Promise.withResolvers<void>();
    let calls = 0;
    const read = () =>
      db.cache.wrap(
        'early',
        async () => {
          if (++calls === 2) await gate.promise;
          return calls;
        },
        { earlyRefresh: 1e9 },
      );
    expect([await read(), await read(), await read(), await read()]).toEqual([1, 1, 1, 1]);
    expect([calls, db.cache.stats().refreshes]).toEqual([2, 1]);
    gate.resolve();
    await vi.waitUntil(async () => (await read()) >= 2);
  });

  it('applies to entities, too, and leaves alone who asked when it fails', async () => {
    const db = await cityDatabase({ earlyRefresh: 1e9 });
    const name = async () => (await db.orm.em.fork().findOneOrFail(City, 3)).name;
    expect(await name()).toBe('Lima');
    expect(await db.statements(async () => void (await name()))).toHaveLength(1);
    let fails = false;
    const wrapped = () =>
      db.cache.wrap('fails', () => (fails ? Promise.reject(new Error('no')) : 1), { earlyRefresh: 1e9 });
    await wrapped();
    fails = true;
    expect([await wrapped(), await wrapped()]).toEqual([1, 1]);
  });
});
