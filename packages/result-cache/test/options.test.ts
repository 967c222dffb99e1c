import { cacheable, getResultCache, memoryStore, resultCache, type ResultCacheOptions } from '@mikro-kit/result-cache';
import { isStatementRefused } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, p, raw } from '@mikro-orm/sqlite';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';

import { chaosStore } from '../src/conformance.ts';
import { City, cityDatabase, Country, writeUnseen, type CityDatabase } from './city-database.ts';

const nameOf = async (db: CityDatabase): Promise<string> => (await db.orm.em.fork().findOneOrFail(City, 3)).name;
const rename = (db: CityDatabase, name: string): Promise<unknown> => db.orm.em.fork().nativeUpdate(City, 3, { name });

afterEach(() => void vi.restoreAllMocks());

describe('onUnreachable: refuse', () => {
  it('fails a write before it is made when the store does not take its mark', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store, onUnreachable: 'refuse' });
    expect(await nameOf(db)).toBe('Lima');
    store.disturb('fails');
    const autocommit = await rename(db, 'new').catch((error: unknown) => error);
    expect(isStatementRefused(autocommit)).toBe(true);
    const em = db.orm.em.fork();
    (await em.findOneOrFail(City, 3)).name = 'new';
    expect(isStatementRefused(await em.flush().catch((error: unknown) => error))).toBe(true);
    expect(await nameOf(db)).toBe('Lima');
  });

  it('fails writes while the breaker is open, and none once the store is back', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store, onUnreachable: 'refuse' });
    store.disturb('fails');
    for (let read = 0; read < 5; read++) await nameOf(db);
    expect(db.cache.stats().breaker).toBe('open');
    expect(isStatementRefused(await rename(db, 'new').catch((error: unknown) => error))).toBe(true);
    store.heal();
    await vi.waitUntil(() => rename(db, 'new').catch(() => false), { interval: 1 });
    expect(db.cache.stats().breaker).not.toBe('open');
    expect(await nameOf(db)).toBe('new');
  });

  it('lets writes through that no entry can depend on', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store, onUnreachable: 'refuse' });
    store.disturb('fails');
    await expect(db.orm.em.fork().execute('delete from visit')).resolves.toBeDefined();
  });

  it('refuses a store that does not answer at its deadline, and undoes what it may have marked', async () => {
    const late = chaosStore(memoryStore());
    late.disturb('hangs', ['mark']);
    const db = await cityDatabase();
    const strict = await cityDatabase({ store: late, onUnreachable: 'refuse', storeDeadlineMs: 20 }).catch(
      (error: unknown) => error,
    );
    expect(isStatementRefused(strict)).toBe(true);
    expect(await nameOf(db)).toBe('Lima');
  });
});

describe('consistency', () => {
  it.each(['strict', 'bounded'] as const)('%s: one call of the store before a write and one after it', async how => {
    expect(await callsOf(how)).toEqual(['mark', 'bump']);
  });

  it('none for a table on which no entry can depend', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store });
    const before = store.calls.length;
    await db.orm.em.fork().execute('delete from visit');
    expect(store.calls.slice(before)).toEqual([]);
  });
});

describe('the breaker', () => {
  it('leaves a store alone that failed five times in a row, and tries it again after a second', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store });
    await nameOf(db);
    store.disturb('fails');
    for (let read = 0; read < 5; read++) expect(await nameOf(db)).toBe('Lima');
    const before = store.calls.length;
    expect([await nameOf(db), await nameOf(db), store.calls.slice(before)]).toEqual(['Lima', 'Lima', []]);
    expect(db.cache.stats().breaker).toBe('open');
    store.heal();
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 1_001);
    expect([await nameOf(db), db.cache.stats().breaker]).toEqual(['Lima', 'half-open']);
    expect(store.calls.slice(before)).toEqual(['read']);
    vi.spyOn(performance, 'now').mockReturnValue(now + 1_501);
    const { hits } = db.cache.stats();
    expect([await nameOf(db), db.cache.stats().breaker]).toEqual(['Lima', 'closed']);
    expect(db.cache.stats().hits).toBe(hits + 1);
  });

  it('keeps what was written meanwhile, bounded, and tells the store of it afterwards', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store });
    await nameOf(db);
    store.disturb('fails');
    for (let write = 0; write < 9; write++) await rename(db, `${write}`);
    expect(db.cache.stats()).toMatchObject({ breaker: 'open', undelivered: 2 });
    for (let id = 0; id < 10_001; id += 100) {
      const ids = Array.from({ length: 100 }, (_, at) => 1_000 + id + at);
      await db.orm.em.fork().nativeUpdate(City, { id: ids }, { name: 'x' });
    }
    expect(db.cache.stats().undelivered).toBeLessThanOrEqual(10_000);
    const healed = store.calls.length;
    store.heal();
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 1_001);
    await vi.waitUntil(async () => (await nameOf(db)) === '8' && db.cache.stats().undelivered === 0);
    expect(store.calls.slice(healed)).toContain('bump');
  });

  it('the last chance to tell the store is the end of the ORM', async () => {
    const store = chaosStore(memoryStore());
    const db = await cityDatabase({ store });
    store.disturb('fails');
    await rename(db, 'new');
    store.heal();
    const before = store.calls.length;
    await db.orm.close();
    expect(store.calls.slice(before)).toEqual(['bump']);
  });
});

describe('shadow', () => {
  it('finds a planted staleness, reports it once and gives what the database holds', async () => {
    const db = await cityDatabase({ shadow: 1 });
    const reported: unknown[] = [];
    db.cache.on('stale', event => reported.push(event));
    vi.spyOn(console, 'log').mockReturnValue();
    expect(await nameOf(db)).toBe('Lima');
    await writeUnseen(db, 'planted');
    expect(await nameOf(db)).toBe('planted');
    expect(reported).toEqual([{ dependencies: ['all', 'tag:geo', 'bulk:city', 'row:city:3', 'table:city'] }]);
    expect(db.cache.stats()).toMatchObject({ compared: 1, stale: 1 });
    expect([await nameOf(db), db.cache.stats().stale]).toEqual(['planted', 1]);
  });

  it('reports nothing while everything is as it should be, writes in between included', async () => {
    const db = await cityDatabase({ shadow: 1 });
    for (let round = 0; round < 10; round++) {
      await Promise.all([nameOf(db), db.orm.em.fork().find(City, {}), rename(db, `${round}`), nameOf(db)]);
      expect([await nameOf(db), await nameOf(db)]).toEqual([`${round}`, `${round}`]);
    }
    expect(db.cache.stats()).toMatchObject({ stale: 0 });
    expect(db.cache.stats().compared).toBeGreaterThan(0);
  });
});

describe('when', () => {
  it('decides which reads are cached, and keeps out of the cache what it throws for', async () => {
    const Town = defineEntity({ name: 'Town', properties: { id: p.integer().primary(), name: p.string() } });
    const asked: unknown[] = [];
    cacheable(Town, {
      when: ({ entity, method, where, options }) => {
        asked.push({ entity, method, where, options });
        if (method === 'count') throw new Error('no');
        return method === 'find';
      },
    });
    const orm = await MikroORM.init({ dbName: ':memory:', entities: [Town], extensions: [resultCache()] });
    onTestFinished(() => orm.close());
    await orm.schema.create();
    const cache = getResultCache(orm);
    expect(await cache.explain(() => orm.em.fork().find(Town, { id: 1 }, { limit: 1 }))).toMatchObject([
      { kind: 'miss' },
    ]);
    expect(asked).toEqual([{ entity: 'Town', method: 'find', where: { id: 1 }, options: { limit: 1 } }]);
    for (const read of [
      () => orm.em.fork().findOne(Town, 1),
      () => orm.em.fork().count(Town),
      () => orm.em.fork().createQueryBuilder(Town).getResultList(),
    ]) {
      expect(await cache.explain(read)).toEqual([{ kind: 'bypass', reason: 'when' }]);
    }
  });
});

describe('dependsOn', () => {
  const Trip = defineEntity({ name: 'Trip', properties: { id: p.integer().primary(), days: p.integer() } });
  const Total = defineEntity({
    name: 'Total',
    tableName: 'total',
    view: true,
    expression: 'select count(*) as id, sum(days) as days from trip',
    properties: { id: p.integer().primary(), days: p.integer() },
  });
  const Unsaid = defineEntity({
    name: 'Unsaid',
    tableName: 'unsaid',
    view: true,
    expression: 'select count(*) as id from trip',
    properties: { id: p.integer().primary() },
  });
  cacheable(Total, { dependsOn: [Trip] });
  cacheable(Unsaid);

  it('has a view cached, and loaded anew when what is behind it changes; without it a view is not cached', async () => {
    const orm = await MikroORM.init({
      dbName: ':memory:',
      entities: [Trip, Total, Unsaid],
      extensions: [resultCache()],
    });
    onTestFinished(() => orm.close());
    await orm.schema.create();
    await orm.em.fork().insert(Trip, { id: 1, days: 3 });
    const days = async () => (await orm.em.fork().findOneOrFail(Total, { days: { $gt: 0 } })).days;
    const cache = getResultCache(orm);
    expect([await days(), await days(), cache.stats().hits]).toEqual([3, 3, 1]);
    await orm.em.fork().insert(Trip, { id: 2, days: 4 });
    expect(await days()).toBe(7);
    const unsaid = await cache.explain(() => orm.em.fork().find(Unsaid, {}));
    expect(unsaid).toEqual([{ kind: 'bypass', reason: 'table out of reach' }]);
  });
});

it('what depends on an entity that this ORM does not map is not cached, and queries go on', async () => {
  const Far = defineEntity({ name: 'Far', properties: { id: p.integer().primary() } });
  const Near = cacheable(defineEntity({ name: 'Near', properties: { id: p.integer().primary() } }), {
    dependsOn: [Far],
  });
  const orm = await MikroORM.init({ dbName: ':memory:', entities: [Near], extensions: [resultCache()] });
  onTestFinished(() => orm.close());
  await orm.schema.create();
  const explained = await getResultCache(orm).explain(() => orm.em.fork().find(Near, {}));
  expect(explained).toEqual([{ kind: 'bypass', reason: 'table out of reach' }]);
});

it('pureFunctions lets statements be cached that call functions of the user', async () => {
  expect(await explainedWith(['HEX'])).toEqual([{ kind: 'miss', because: 'no entry' }]);
  expect(await explainedWith([])).toEqual([{ kind: 'bypass', reason: 'not repeatable' }]);
});

describe('an option that makes no sense', () => {
  it.each<ResultCacheOptions>([
    { expiration: 0 },
    { holdMs: -1 },
    { storeDeadlineMs: Number.NaN },
    { shadow: 2 },
    { negativeExpiration: 0 },
    { jitter: 1.1 },
    { maxStaleMs: 0 },
    { leaseMs: -1 },
    { leaseMs: Number.POSITIVE_INFINITY },
    { storeDeadlineMs: Number.POSITIVE_INFINITY },
    { holdMs: 2 ** 32 },
    { earlyRefresh: -1 },
    { l1: {} },
    { l1: { maxEntries: 0 }, store: { ...memoryStore(), isLocal: false } },
  ])('%j', options => {
    expect(() => resultCache(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
  });

  it.each(['consistency', 'onUnreachable', 'loadFrom'])('a word that %s does not know', name => {
    const options: object = { [name]: 'sometimes' };
    expect(() => resultCache(options)).toThrow(new RegExp(`${name} must be '\\w+' or '\\w+', got "sometimes"`));
  });

  it('but `undefined` is as if it were not given', async () => {
    const options: object = { expiration: undefined, store: undefined };
    const db = await cityDatabase(options);
    expect([await nameOf(db), await nameOf(db), db.cache.stats().hits]).toEqual(['Lima', 'Lima', 1]);
    expect(await db.orm.em.fork().count(Country)).toBe(2);
  });
});

/** What the store is asked for one write. */
async function callsOf(consistency: 'strict' | 'bounded'): Promise<string[]> {
  const store = chaosStore(memoryStore());
  const db = await cityDatabase({ store, consistency });
  await nameOf(db);
  const before = store.calls.length;
  await rename(db, 'new');
  const calls = store.calls.slice(before);
  expect(await nameOf(db)).toBe('new');
  return calls;
}

async function explainedWith(pureFunctions: string[]): Promise<unknown> {
  const db = await cityDatabase({ pureFunctions });
  return db.cache.explain(() => db.orm.em.fork().find(City, { [raw('hex(name)')]: '4C696D61' }));
}
