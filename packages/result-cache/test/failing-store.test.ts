import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { memoryStore } from '@mikro-kit/result-cache';
import { describe, expect, it, vi } from 'vitest';

import { chaosStore, type ChaosCall } from '../src/conformance.ts';
import { City, cityDatabase, Country, type CityDatabase } from './city-database.ts';

const nameOf = async (db: CityDatabase): Promise<string> => (await db.orm.em.fork().findOneOrFail(City, 3)).name;
const rename = (db: CityDatabase, name: string): Promise<unknown> => db.orm.em.fork().nativeUpdate(City, 3, { name });

describe('when the store fails', () => {
  it.each<[ChaosCall[]]>([[['read']], [['write']], [['mark']], [['bump']], [['read', 'write', 'mark', 'bump']]])(
    'to %s, queries and writes go on and nothing old is read, then or later',
    async calls => {
      const store = chaosStore(memoryStore());
      const db = await cityDatabase({ store });
      expect(await nameOf(db)).toBe('Lima');
      store.disturb('fails', calls);
      expect(await nameOf(db)).toBe('Lima');
      await rename(db, 'new');
      expect(await nameOf(db)).toBe('new');
      store.heal();
      expect(await nameOf(db)).toBe('new');
      await db.orm.em.fork().nativeUpdate(City, 1, { name: 'other' });
      expect(await nameOf(db)).toBe('new');
      expect(db.cache.stats().lastFailure).toMatch(/failed/);
    },
  );

  it('to stamp, rows come from the database', async () => {
    const store = chaosStore(memoryStore());
    store.disturb('fails', ['stamp']);
    const db = await cityDatabase({ store });
    expect([await nameOf(db), await nameOf(db)]).toEqual(['Lima', 'Lima']);
    expect(db.cache.stats()).toMatchObject({ hits: 0, fills: 0, lastFailure: 'stamp failed, as it was told to.' });
  });

  it('a bump that it did not take is delivered when it works again', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store });
    await nameOf(db);
    const [before] = await store.stamp(['table:city']);
    store.disturb('fails', ['mark', 'bump']);
    await rename(db, 'new');
    expect(db.cache.stats().undelivered).toBe(2);
    store.heal();
    await vi.waitUntil(async () => (await nameOf(db)) === 'new' && db.cache.stats().undelivered === 0, {
      timeout: 5_000,
    });
    expect(await store.stamp(['table:city'])).not.toEqual([before]);
    await nameOf(db);
    const { hits } = db.cache.stats();
    expect(await nameOf(db)).toBe('new');
    expect(db.cache.stats().hits).toBe(hits + 1);
  });

  it('a bump that it did not take is delivered with no reads going on', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store });
    const [before] = await store.stamp(['table:city']);
    store.disturb('fails', ['mark', 'bump']);
    await rename(db, 'new');
    store.heal();
    await vi.waitUntil(() => db.cache.stats().undelivered === 0, { timeout: 2_000 });
    expect(await store.stamp(['table:city'])).not.toEqual([before]);
  });

  it('a write after it works again is not lost on the breaker, nor are those from before', async () => {
    const store = memoryStore();
    const chaos = chaosStore(store);
    const db = await cityDatabase({ store: chaos });
    const [city, country] = await store.stamp(['row:city:3', 'row:country:pe']);
    chaos.disturb('fails');
    await db.orm.em.fork().nativeUpdate(Country, 'PE', { name: 'Perú' });
    for (let read = 0; read < 5; read++) await nameOf(db);
    expect(db.cache.stats().breaker).toBe('open');
    chaos.heal();
    await rename(db, 'new');
    expect(await store.read(undefined, ['row:city:3'])).not.toEqual({ entry: undefined, stamps: [city] });
    await vi.waitUntil(() => db.cache.stats().undelivered === 0);
    await vi.waitUntil(() => db.cache.stats().breaker === 'closed');
    expect(await store.stamp(['row:country:pe'])).not.toEqual([country]);
  });

  it('and hangs, writes wait for a short while, and for a small part of the time', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store, storeDeadlineMs: 300 });
    store.disturb('fails');
    for (let read = 0; read < 5; read++) await nameOf(db);
    store.disturb('hangs');
    const started = performance.now();
    for (let write = 0; write < 50; write++) await rename(db, `${write}`);
    expect(performance.now() - started).toBeLessThan(250);
  });

  it.each(['hangs', { delayMs: 200 }] as const)(
    'and %j, queries and writes wait no longer than the deadline',
    async how => {
      const store = chaosStore(memoryStore());
      const db = await cityDatabase({ store, storeDeadlineMs: 20 });
      expect(await nameOf(db)).toBe('Lima');
      store.disturb(how);
      const started = performance.now();
      expect(await nameOf(db)).toBe('Lima');
      await rename(db, 'new');
      for (let read = 0; read < 20; read++) expect(await nameOf(db)).toBe('new');
      expect(performance.now() - started).toBeLessThan(500);
      expect(db.cache.stats().lastFailure).toMatch(/took more than 20 ms|failed several times/);
    },
  );

  it('and never answers, a process with nothing else to do gets its rows all the same', async () => {
    const script = `
      import { cacheable, memoryStore, resultCache } from '@mikro-kit/result-cache';
      import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
      const City = cacheable(defineEntity({ name: 'City', properties: { id: p.integer().primary() } }));
      const silent = () => new Promise(() => {});
      const store = { ...memoryStore(), read: silent, mark: silent, bump: silent, close: silent };
      const extensions = [resultCache({ store, storeDeadlineMs: 20 })];
      const orm = await MikroORM.init({ dbName: ':memory:', entities: [City], extensions });
      await orm.schema.create();
      console.log(await orm.em.fork().find(City, {}));
      await orm.close();`;
    const cwd = join(import.meta.dirname, '..');
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd });
    expect(stdout).toBe('[]\n');
  });

  it('what it gives back and nobody wrote is a miss', async () => {
    const store = memoryStore();
    const db = await cityDatabase({
      store: { ...store, read: async (key, of) => ({ ...(await store.read(key, of)), entry: Buffer.from('garbage') }) },
    });
    expect([await nameOf(db), await nameOf(db)]).toEqual(['Lima', 'Lima']);
    expect(db.cache.stats()).toMatchObject({ hits: 0, misses: 2 });
  });
});
