import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { memoryStore, type CacheStore } from '@mikro-kit/result-cache';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { City, cityDatabase, openDatabase, type CityDatabase } from './city-database.ts';

const nameOf = async (db: CityDatabase): Promise<string> => (await db.orm.em.fork().findOneOrFail(City, 3)).name;
const rename = (db: CityDatabase, name: string): Promise<unknown> => db.orm.em.fork().nativeUpdate(City, 3, { name });

interface GatedStore extends CacheStore {
  /** From now on the calls wait. */
  shut(): void;
  open(): void;
  /** Resolves when a call has come to the shut gate. */
  reached(): Promise<void>;
}

/** A store of which one kind of call can be stopped on its way in, to let something else happen first. */
function gatedStore(gated: 'stamp' | 'write' | 'mark' | 'bump'): GatedStore {
  const store = memoryStore();
  let gate = Promise.withResolvers<void>();
  let arrival = Promise.withResolvers<void>();
  gate.resolve();
  const pass = async <T>(call: string, work: () => Promise<T>): Promise<T> => {
    if (call === gated) {
      arrival.resolve();
      await gate.promise;
    }
    return work();
  };
  return {
    ...store,
    stamp: (...args) => pass('stamp', () => store.stamp(...args)),
    write: (...args) => pass('write', () => store.write(...args)),
    mark: (...args) => pass('mark', () => store.mark(...args)),
    bump: (...args) => pass('bump', () => store.bump(...args)),
    shut: () => {
      gate = Promise.withResolvers();
      arrival = Promise.withResolvers();
    },
    open: () => gate.resolve(),
    reached: () => arrival.promise,
  };
}

describe('race', () => {
  it('1: a reader that loaded old rows stores them after a writer has committed and bumped', async () => {
    const store = gatedStore('write');
    const db = await cityDatabase({ store });
    store.shut();
    const reader = nameOf(db);
    await store.reached();
    await rename(db, 'new');
    store.open();
    expect(await reader).toBe('Lima');
    expect(await nameOf(db)).toBe('new');
  });

  it('1b: a reader snapshots its stamps, a writer commits and bumps, the reader loads', async () => {
    const store = gatedStore('stamp');
    const db = await cityDatabase({ store });
    store.shut();
    const reader = nameOf(db);
    await store.reached();
    await rename(db, 'new');
    store.open();
    expect(await reader).toBe('new');
    expect(await nameOf(db)).toBe('new');
  });

  it('2: a reader comes after the commit and before the bump', async () => {
    const store = gatedStore('bump');
    const db = await cityDatabase({ store });
    expect(await nameOf(db)).toBe('Lima');
    store.shut();
    const writer = rename(db, 'new');
    await store.reached();
    const reader = nameOf(db);
    await vi.waitUntil(() => db.cache.stats().bypassed['write in flight'] === 1);
    store.open();
    expect(await reader).toBe('new');
    expect(db.cache.stats()).toMatchObject({ hits: 0, fills: 1 });
    await writer;
    expect(await nameOf(db)).toBe('new');
  });

  it('2b: a reader comes after the mark and before the statement', async () => {
    const store = gatedStore('mark');
    const db = await cityDatabase({ store });
    await nameOf(db);
    store.shut();
    const writer = rename(db, 'new');
    await store.reached();
    const reader = nameOf(db);
    await vi.waitUntil(() => db.cache.stats().bypassed['write in flight'] === 1);
    store.open();
    await Promise.all([reader, writer]);
    expect(db.cache.stats()).toMatchObject({ hits: 0, fills: 1 });
    expect(await nameOf(db)).toBe('new');
  });

  it('4: a transaction bumps nothing when it rolls back, and what was read beside it stays right', async () => {
    const db = await cityDatabase();
    await nameOf(db);
    const { bumps } = db.cache.stats();
    const em = db.orm.em.fork();
    await em.begin();
    await em.nativeUpdate(City, 3, { name: 'lost' });
    await em.rollback();
    expect(db.cache.stats().bumps).toBe(bumps);
    expect([await nameOf(db), db.cache.stats().hits]).toEqual(['Lima', 1]);
  });

  it('17: no wall clock is compared, so one that jumps makes nothing stale', async () => {
    const db = await cityDatabase();
    await nameOf(db);
    vi.spyOn(Date, 'now').mockReturnValue(0);
    await rename(db, 'new');
    expect(await nameOf(db)).toBe('new');
  });

  afterEach(() => vi.restoreAllMocks());
});

describe('race 3: a writer dies between its commit and its bump', () => {
  it('and other processes do not hit what it made stale: first its hold stands, then the stamp is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
    const dbName = join(folder, 'cities.sqlite');
    const store = memoryStore();
    const dying: CacheStore = { ...store, bump: () => new Promise(() => {}) };
    const reader = await cityDatabase({ store }, { dbName });
    expect(await nameOf(reader)).toBe('Lima');
    const writer = await openDatabase({ store: dying, holdMs: 200 }, { dbName });
    void rename(writer, 'new');
    await vi.waitUntil(async () => (await store.read('', ['table:city'])).stamps[0]?.state === 'held');
    await vi.waitUntil(async () => (await nameOf(reader)) === 'new');
    expect(reader.cache.stats()).toMatchObject({ hits: 0 });
    await vi.waitUntil(async () => (await nameOf(reader)) === 'new' && reader.cache.stats().hits > 0);
    await rm(folder, { recursive: true });
  });
});
