import { memoryStore, type BusListener, type CacheStore, type ResultCacheOptions } from '@mikro-kit/result-cache';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { chaosStore } from '../src/conformance.ts';
import { HeardChanges } from '../src/entries/heard-changes.ts';
import { City, cityDatabase, writeUnseen, type CityDatabase } from './city-database.ts';

afterEach(() => void vi.restoreAllMocks());

/** A store as processes share it, and what it was asked for: `entry`, or `stamps` alone. */
interface SharedStore extends CacheStore {
  readonly asked: ('entry' | 'stamps')[];
  readonly listeners: Set<BusListener>;
}

function sharedStore(): SharedStore {
  const store = memoryStore();
  const asked: ('entry' | 'stamps')[] = [];
  const listeners = new Set<BusListener>();
  return {
    ...store,
    isLocal: false,
    asked,
    listeners,
    read: (key, dependencies) => {
      asked.push(key === undefined ? 'stamps' : 'entry');
      return store.read(key, dependencies);
    },
    listen: listener => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

async function shared(options: ResultCacheOptions = {}): Promise<CityDatabase & { store: SharedStore }> {
  const store = sharedStore();
  return { ...(await cityDatabase({ store, l1: {}, leaseMs: 0, ...options })), store };
}

const nameOf = async ({ orm }: CityDatabase, id = 3): Promise<string> =>
  (await orm.em.fork().findOneOrFail(City, id)).name;
const rename = ({ orm }: CityDatabase, name: string): Promise<unknown> => orm.em.fork().nativeUpdate(City, 3, { name });

describe('a tier in memory', () => {
  it('strict: asks the store for stamps each time, and for the entry once', async () => {
    const db = await shared();
    for (let read = 0; read < 4; read++) expect(await nameOf(db)).toBe('Lima');
    expect(db.store.asked).toEqual(['entry', 'stamps', 'stamps', 'stamps']);
    expect(db.store.listeners.size).toBe(0);
  });

  it('bounded: asks for nothing until maxStaleMs have passed, and then for stamps', async () => {
    const db = await shared({ consistency: 'bounded', maxStaleMs: 1_000 });
    await nameOf(db);
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 900);
    await nameOf(db);
    expect(db.store.asked).toEqual(['entry']);
    clock.mockReturnValue(now + 1_100);
    await nameOf(db);
    clock.mockReturnValue(now + 2_000);
    await nameOf(db);
    expect(db.store.asked).toEqual(['entry', 'stamps']);
  });

  it('bounded: goes on through an outage of the store for maxStaleMs, and no longer', async () => {
    const store = chaosStore({ ...memoryStore(), isLocal: false });
    const db = await cityDatabase({ store, l1: {}, consistency: 'bounded', maxStaleMs: 1_000 });
    await nameOf(db);
    store.disturb('fails');
    const now = performance.now();
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + 900);
    expect(await db.statements(() => nameOf(db))).toEqual([]);
    clock.mockReturnValue(now + 1_001);
    expect(await db.statements(() => nameOf(db))).toHaveLength(1);
    expect(db.cache.stats().bypassed).toEqual({ 'store failed': 1 });
  });

  it('bounded: its own writes are seen at once', async () => {
    const db = await shared({ consistency: 'bounded', maxStaleMs: 60_000 });
    for (const name of ['a', 'b', 'c']) {
      await rename(db, name);
      expect([await nameOf(db), await nameOf(db)]).toEqual([name, name]);
    }
    await db.cache.invalidate([City, 3]);
    expect(await db.statements(() => nameOf(db))).toHaveLength(1);
    await db.cache.clear();
    expect(await db.statements(() => nameOf(db))).toHaveLength(1);
    expect(db.cache.stats().tiers?.l1.entries).toBe(1);
  });

  it('bounded: what is trusted without asking gets into no result of a function, which would outlive it', async () => {
    const db = await shared({ consistency: 'bounded', maxStaleMs: 1_000 });
    const report = () => db.cache.wrap('report', () => nameOf(db), { dependsOn: [City] });
    await nameOf(db);
    await writeUnseen(db, 'new');
    await db.store.bump(['table:city', 'row:city:3'], 'another process');
    expect(await nameOf(db)).toBe('Lima');
    expect(await report()).toBe('new');
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 1_001);
    expect(await report()).toBe('new');
  });

  it('strict, or bounded: an entry that expires is not served, whatever the store does', async () => {
    for (const consistency of ['strict', 'bounded'] as const) {
      const db = await shared({ consistency, maxStaleMs: 60_000, expiration: 500 });
      await nameOf(db);
      const now = performance.now();
      vi.spyOn(performance, 'now').mockReturnValue(now + 501);
      expect(await db.statements(() => nameOf(db))).toHaveLength(1);
      vi.restoreAllMocks();
    }
  });

  it('holds what it took from the store for what is left of its life', async () => {
    const db = await shared({ expiration: 10_000, jitter: 0, l1: { maxEntries: 1 } });
    await nameOf(db, 3);
    await nameOf(db, 1);
    const [monotonic, clock] = [performance.now(), Date.now()];
    const later = (ms: number): void => {
      vi.spyOn(performance, 'now').mockReturnValue(monotonic + ms);
      vi.spyOn(Date, 'now').mockReturnValue(clock + ms);
    };
    later(9_000);
    await nameOf(db, 3);
    expect(db.cache.stats().tiers).toMatchObject({ l1: { hits: 0, misses: 3 }, l2: { hits: 1, misses: 2 } });
    later(9_500);
    await nameOf(db, 3);
    expect(db.cache.stats().tiers?.l1.hits).toBe(1);
    later(10_001);
    expect(await db.statements(() => nameOf(db, 3))).toHaveLength(1);
  });

  it('holds entries no longer than its own expiration; then the store has them', async () => {
    const db = await shared({ l1: { expiration: 500 } });
    await nameOf(db);
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 501);
    expect(await db.statements(() => nameOf(db))).toEqual([]);
    expect(db.cache.stats().tiers).toMatchObject({ l1: { hits: 0 }, l2: { hits: 1 } });
  });

  it('leaves an entry that is larger than it to the store', async () => {
    const db = await shared({ l1: { maxBytes: 2_000 } });
    const read = (size: number) => db.cache.wrap(['sized', size], () => 'x'.repeat(size));
    for (const size of [100, 3_000])
      expect([(await read(size)).length, (await read(size)).length]).toEqual([size, size]);
    expect(db.cache.stats().tiers).toMatchObject({ l1: { hits: 1, entries: 1 }, l2: { hits: 1, misses: 2 } });
  });

  it('holds no more entries and bytes than it may', async () => {
    const db = await shared({ l1: { maxEntries: 3, maxBytes: 10_000 } });
    for (let at = 0; at < 20; at++) await db.cache.wrap(['many', at], () => 'x');
    expect(db.cache.stats().tiers?.l1.entries).toBe(3);
    for (let at = 0; at < 20; at++) await db.cache.wrap(['large', at], () => 'x'.repeat(4_000));
    expect(db.cache.stats().tiers?.l1.bytes).toBeLessThanOrEqual(10_000);
  });

  it('gives copies: what one caller does to its result, another does not get', async () => {
    const db = await shared({ consistency: 'bounded' });
    const read = () => db.cache.wrap('copies', () => ({ list: [1], bytes: Buffer.from([1]) }));
    for (let call = 0; call < 3; call++) {
      const found = await read();
      expect(found).toEqual({ list: [1], bytes: Buffer.from([1]) });
      found.list.push(2);
      found.bytes.fill(9);
    }
  });

  it('listens from the first cached read on, until the end, and again after a reconnect', async () => {
    const db = await shared({ consistency: 'bounded', maxStaleMs: 60_000 });
    expect(db.store.listeners.size).toBe(0);
    await nameOf(db);
    await db.orm.reconnect();
    await db.orm.schema.create();
    await db.orm.em.fork().execute("insert into country values ('PE', 'Peru')");
    await db.orm.em.fork().insert(City, { id: 3, name: 'another database', country: 'PE' });
    expect([await nameOf(db), db.store.listeners.size]).toEqual(['another database', 1]);
    await db.orm.close();
    expect(db.store.listeners.size).toBe(0);
  });
});

describe('what was heard of changes', () => {
  it('tells what changed since, and forgets no change, only that it was one', () => {
    const heard = new HeardChanges();
    heard.changed(['a']);
    const { epoch } = heard;
    expect([heard.since(epoch, ['a', 'b']), heard.since(epoch - 1, ['b']), heard.since(epoch - 1, ['a'])]).toEqual([
      false,
      false,
      true,
    ]);
    for (let at = 0; at < 20_000; at++) heard.changed([`${at}`]);
    expect([heard.since(epoch, ['b']), heard.since(heard.epoch, ['b']), heard.since(heard.epoch - 1, ['b'])]).toEqual([
      true,
      false,
      false,
    ]);
    const before = heard.epoch;
    heard.lost();
    expect([heard.since(before, []), heard.since(heard.epoch, [])]).toEqual([true, false]);
  });
});
