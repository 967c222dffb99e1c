import { cacheable, memoryStore } from '@mikro-kit/result-cache';
import { defineEntity, p } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { describeWith, postgres, until } from '../servers/index.ts';
import {
  City,
  Counter,
  Country,
  Park,
  Place,
  processesOn,
  Tag,
  Visit,
  type Ground,
  type Process,
  type Processes,
} from './races/cities.ts';
import { forgetfulStore } from './races/forgetful-store.ts';
import { onEveryGround } from './races/grounds.ts';

// The races of a second tier and of loads (8 to 10, 18) are in tier-races and load-races, those of a server that loses what
// it had acknowledged (20, 21) in test/result-cache-redis.

await onEveryGround(races);

function races(ground: () => Ground): void {
  let processes: Processes;
  let one: Process;
  let other: Process;
  beforeEach(async () => {
    processes = await processesOn(ground());
    [one, other] = [await processes.open(), await processes.open()];
  });
  afterEach(() => void vi.restoreAllMocks());

  it('race 1: a reader loads old rows, a writer commits and bumps, the reader stores', async () => {
    const gate = one.store.stop('write');
    const reader = one.name();
    await gate.reached;
    await other.rename('new');
    gate.go();
    expect(await reader).toBe('Lima');
    expect([await one.name(), await other.name()]).toEqual(['new', 'new']);
  });

  it('race 1: a reader takes its stamps, a writer commits and bumps, the reader loads and stores', async () => {
    const gate = one.store.stop('stamp');
    const reader = one.name();
    await gate.reached;
    await other.rename('new');
    gate.go();
    expect([await reader, await one.name(), await other.name()]).toEqual(['new', 'new', 'new']);
  });

  it('race 2: a reader comes after the mark and before the commit', async () => {
    await one.name();
    const gate = other.store.stop('bump');
    const commit = other.store.stop('mark');
    const writer = other.rename('new');
    await commit.reached;
    expect(await one.name()).toBe('Lima');
    commit.go();
    await gate.reached;
    const found = await one.cache.explain(async () => expect(await one.name()).toBe('new'));
    expect(found).toEqual([{ kind: 'bypass', reason: 'write in flight' }]);
    gate.go();
    await writer;
    expect([await one.name(), await other.name()]).toEqual(['new', 'new']);
  });

  it('race 3: a writer dies between its commit and its bump', async () => {
    const dying = await processes.open({ holdMs: 300, storeDeadlineMs: 50 });
    expect([await one.name(), await one.name()]).toEqual(['Lima', 'Lima']);
    const gate = dying.store.stop('bump');
    const lost = dying.rename('new');
    await gate.reached;
    dying.store.die();
    await other.rename('newer');
    const seen = await one.cache.explain(async () => expect(await one.name()).toBe('newer'));
    expect(seen).toEqual([{ kind: 'bypass', reason: 'write in flight' }]);
    await until(async () => (await one.name()) === 'newer' && one.cache.stats().hits > 1, {
      what: 'the hold to lapse',
    });
    gate.go();
    await lost;
    expect([await one.name(), await other.name()]).toEqual(['newer', 'newer']);
  });

  it('race 4: a transaction is rolled back, a savepoint is released into one, a savepoint is rolled back', async () => {
    await one.name();
    const { bumps } = one.cache.stats();
    const em = one.em();
    await em.begin();
    await em.nativeUpdate(City, 3, { name: 'lost' });
    await em.transactional(inner => inner.nativeUpdate(City, 3, { name: 'lost too' }));
    await em.rollback();
    expect(one.cache.stats().bumps).toBe(bumps);
    expect(await one.cache.explain(() => one.name())).toEqual([{ kind: 'hit' }]);
    await one.em().transactional(async outer => {
      await outer.nativeUpdate(City, 3, { name: 'kept' });
      await outer.transactional(inner => doomed(inner)).catch(() => undefined);
    });
    expect([await one.name(), await other.name()]).toEqual(['kept', 'kept']);
  });

  it('race 5: a transaction reads its own rows before it is rolled back', async () => {
    await one
      .em()
      .transactional(doomed)
      .catch(() => undefined);
    expect([await one.name(), await one.name(), await other.name()]).toEqual(['Lima', 'Lima', 'Lima']);
  });

  it('race 6: a transaction loads rows of its old snapshot under a new stamp', async () => {
    const { isolationLevel } = ground();
    const em = one.em();
    await em.begin(isolationLevel ? { isolationLevel } : {});
    await em.find(Country, {});
    await other.rename('new');
    await em.findOneOrFail(City, { id: 3, name: { $ne: '' } });
    await em.commit();
    expect([await one.name(), await other.name(), await one.name()]).toEqual(['new', 'new', 'new']);
  });

  it('race 8: another process reads as soon as a commit is acknowledged', async () => {
    for (const name of ['a', 'b', 'c']) {
      expect([await one.name(), await other.name()].length).toBe(2);
      await one.rename(name);
      expect(await other.name()).toBe(name);
    }
    expect(other.cache.stats().hits).toBeGreaterThan(0);
  });

  it('race 10: a reader that starts after a write is not answered by a load that began before it', async () => {
    const gate = one.store.stop('write');
    const early = one.name();
    await gate.reached;
    await one.rename('new');
    const late = one.name();
    gate.go();
    expect([await early, await late]).toEqual(['Lima', 'new']);
  });

  it.each<[string, (em: SqlEntityManager) => Promise<unknown>]>([
    ['nativeUpdate', em => em.nativeUpdate(City, { name: 'Lima' }, { name: 'new' })],
    ['upsert', em => em.upsert(City, { id: 3, name: 'new', country: 'PE' })],
    ['QueryBuilder', em => em.createQueryBuilder(City).update({ name: 'new' }).where({ id: 3 }).execute()],
    ['execute', em => em.execute("update city set name = 'new' where id = 3")],
    [
      'Kysely',
      em => em.getKysely<{ city: { id: number; name: string } }>().updateTable('city').set({ name: 'new' }).execute(),
    ],
    [
      'a text of two statements',
      em =>
        em
          .execute("update city set name = 'other'; update city set name = 'new'")
          .catch(() => em.execute("update city set name = 'new'")),
    ],
  ])('race 11: a write that the unit of work does not see, by %s', async (_how, write) => {
    expect([await one.name(), await other.name()]).toEqual(['Lima', 'Lima']);
    await write(one.em());
    expect([await one.name(), await other.name()]).toEqual(['new', 'new']);
  });

  it('race 12: what is joined by populate, where, order and filter changes', async () => {
    expect(await Promise.all(joins(one))).toEqual([['BR', 'BR', 'PE'], 1, [1, 2, 3], 1]);
    expect(await Promise.all(joins(other))).toEqual([['BR', 'BR', 'PE'], 1, [1, 2, 3], 1]);
    await one.em().nativeUpdate(Country, 'PE', { name: 'AA' });
    expect(await Promise.all(joins(other))).toEqual([['AA', 'BR', 'BR'], 0, [3, 1, 2], 0]);
  });

  it('race 13: only a collection changes', async () => {
    expect([await tagsOf(one), await tagsOf(other)]).toEqual([1, 1]);
    const em = one.em();
    const city = await em.findOneOrFail(City, 1, { populate: ['tags'] });
    city.tags.remove(em.getReference(Tag, 1));
    await em.flush();
    expect([await tagsOf(one), await tagsOf(other)]).toEqual([0, 0]);
  });

  it('race 14: a class of a hierarchy in one table changes', async () => {
    expect([await placesOf(one), await placesOf(other)]).toEqual([1, 1]);
    await one.em().nativeUpdate(Park, 1, { name: 'new' });
    expect([await placesOf(one), await placesOf(other)]).toEqual([0, 0]);
  });

  it('race 15: a cascade of the database, and a trigger that is declared', async () => {
    expect([await cascaded(one), await cascaded(other)]).toEqual([
      ['Lima', 0],
      ['Lima', 0],
    ]);
    await one.em().execute('delete from country where code = ?', ['PE']);
    expect(await cascaded(other)).toEqual([undefined, 0]);
    const explained = (): Promise<unknown> => other.cache.explain(() => other.em().findOneOrFail(Counter, 1));
    expect(await explained()).toEqual([{ kind: 'hit' }]);
    await one.em().insert(Visit, { id: 1 });
    expect(await explained()).toEqual([{ kind: 'miss', because: 'written since', changed: ['table:visit'] }]);
  });

  it('race 16: stamps are evicted before the entries that were made under them', async () => {
    const shared = forgetfulStore(memoryStore());
    const forgetful = await processesOn(ground(), shared);
    const [reader, writer] = [await forgetful.open(), await forgetful.open()];
    expect([await reader.name(), await reader.name()]).toEqual(['Lima', 'Lima']);
    shared.forget();
    await writer.rename('new');
    expect([await reader.name(), await reader.name()]).toEqual(['new', 'new']);
  });

  it('race 17: the clock of a process jumps', async () => {
    await one.name();
    vi.spyOn(Date, 'now').mockReturnValue(0);
    await one.rename('new');
    expect([await one.name(), await other.name()]).toEqual(['new', 'new']);
    vi.spyOn(Date, 'now').mockReturnValue(9e12);
    await other.rename('newer');
    expect([await one.name(), await other.name()]).toEqual(['newer', 'newer']);
  });

  it('race 19: a process with another mapping shares what is written, and no entries', async () => {
    const Shorter = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });
    cacheable(Shorter);
    const newer = await processes.open({}, { entities: [Shorter] });
    const read = async (): Promise<string> =>
      (await newer.em().findOneOrFail(Shorter, { id: 3, name: { $ne: '' } })).name;
    expect([await one.name(), await read()]).toEqual(['Lima', 'Lima']);
    expect(newer.cache.stats()).toMatchObject({ hits: 0, misses: 1 });
    await one.rename('new');
    expect(await read()).toBe('new');
    await newer.em().nativeUpdate(Shorter, 3, { name: 'newer' });
    expect(await one.name()).toBe('newer');
  });
}

await describeWith('postgres', 'PostgreSQL with a replica', () => {
  it('race 7: a read that may go to a replica which lags fills from the primary', async () => {
    await using servers = await postgres({ standbys: 1 });
    const database = { driver: PostgreSqlDriver, ...servers.mikroOrmOptions() };
    const ground = { database: { ...database, replicas: [] }, isolationLevel: undefined, prepare: async () => {} };
    const processes = await processesOn(ground);
    await servers.replicas[0].caughtUp();
    const [writer, reader] = [await processes.open(), await processes.open({}, database)];
    expect(await reader.name()).toBe('Lima');
    await servers.replicas[0].lag(600_000);
    await writer.rename('new');
    expect([await reader.name(), await reader.name()]).toEqual(['new', 'new']);
    expect(reader.cache.stats()).toMatchObject({ hits: 1, misses: 2 });
    // What is not cached goes where the host sends it.
    expect((await reader.em().findOneOrFail(City, { id: 3 }, { cache: false })).name).toBe('Lima');
  });
});

async function doomed(em: SqlEntityManager): Promise<never> {
  await em.nativeUpdate(City, 3, { name: 'lost' });
  await em.findOneOrFail(City, { id: 3, name: { $ne: '' } });
  throw new Error('rolled back');
}

function joins(process: Process): Promise<unknown>[] {
  return [
    process
      .em()
      .find(City, {}, { populate: ['country'], strategy: 'joined' })
      .then(cities => cities.map(city => city.country.$.name).toSorted()),
    process.em().count(City, { country: { name: 'PE' } }),
    process
      .em()
      .find(City, {}, { orderBy: { country: { name: 'asc' }, id: 'asc' } })
      .then(cities => cities.map(({ id }) => id)),
    process.em().count(City, {}, { filters: { in: { name: 'PE' } } }),
  ];
}

async function tagsOf(process: Process): Promise<number> {
  const city = await process.em().findOneOrFail(City, 1, { populate: ['tags'] });
  return city.tags.length;
}

function placesOf(process: Process): Promise<number> {
  return process.em().count(Place, { name: 'Ibirapuera' });
}

async function cascaded(process: Process): Promise<unknown> {
  return [
    await process
      .em()
      .findOne(City, 3, { fields: ['name'] })
      .then(city => city?.name),
    (await process.em().findOneOrFail(Counter, 1)).visits,
  ];
}
