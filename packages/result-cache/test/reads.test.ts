import { deepStrictEqual } from 'node:assert';

import { helper, LockMode, wrap } from '@mikro-orm/core';
import { raw, type SqlEntityManager } from '@mikro-orm/sqlite';
import { beforeEach, describe, expect, it } from 'vitest';

import { City, cityDatabase, Country, Visit, type CityDatabase } from './city-database.ts';

let db: CityDatabase;
beforeEach(async () => void (db = await cityDatabase()));

describe('a read of an annotated entity', () => {
  it('rejects as an uncached one does when its signal was aborted before', async () => {
    const failure = async (cache: boolean): Promise<string> => {
      const signal = AbortSignal.abort(new Error('too late'));
      const found = db.orm.em.fork().find(City, {}, { signal, ...(!cache && { cache }) });
      return found.then(
        () => 'found',
        (error: Error) => `${error.name}: ${error.message}`,
      );
    };
    await db.orm.em.fork().find(City, {});
    expect(await failure(true)).toBe(await failure(false));
    expect(await failure(true)).toContain('too late');
  });

  it.each<[string, (em: SqlEntityManager) => Promise<unknown>]>([
    ['find', em => em.find(City, { name: 'Lima' })],
    ['findAll', em => em.findAll(City)],
    ['findOne', em => em.findOne(City, 1)],
    ['findOne of a missing row', em => em.findOne(City, 99)],
    ['findOneOrFail', em => em.findOneOrFail(City, { name: 'Recife' })],
    ['find of nothing', em => em.find(City, { name: 'Atlantis' })],
    ['count', em => em.count(City, { country: 'BR' })],
    ['count of nothing', em => em.count(City, { country: 'XX' })],
    ['findAndCount', em => em.findAndCount(City, {}, { limit: 2 })],
    ['findByCursor', em => em.findByCursor(City, { first: 2, orderBy: { id: 'asc' } })],
    ['find by a relation', em => em.find(City, { country: { name: 'Peru' } })],
    ['find with joined populate', em => em.find(City, {}, { populate: ['country', 'twin'], strategy: 'joined' })],
    ['find with select-in populate', em => em.find(City, {}, { populate: ['country', 'twin'], strategy: 'select-in' })],
    ['find with a populated collection', em => em.find(City, {}, { populate: ['tags'], strategy: 'select-in' })],
    ['a QueryBuilder', em => em.createQueryBuilder(City, 'c').where({ name: 'Lima' }).getResultList()],
    ['a QueryBuilder of one', em => em.createQueryBuilder(City).where({ id: 1 }).getSingleResult()],
    ['a QueryBuilder of rows', em => em.createQueryBuilder(City).select(['id', 'population', 'founded']).execute()],
    ['a QueryBuilder of one row', em => em.createQueryBuilder(City).where({ id: 1 }).execute('get')],
    ['a QueryBuilder of a missing row', em => em.createQueryBuilder(City).where({ id: 99 }).execute('get')],
    ['a QueryBuilder with a join', em => em.qb(City, 'c').leftJoinAndSelect('c.tags', 't').getResultList()],
    ["a QueryBuilder's count", em => em.createQueryBuilder(City).getCount()],
    ["a QueryBuilder's list and count", em => em.qb(City).limit(1).getResultAndCount()],
    ['countBy', em => em.countBy(City, 'country')],
    ['a lazy reference', em => em.getReference(City, 1, { wrapped: true }).load()],
    ['a lazy reference of a missing row', em => em.getReference(City, 99, { wrapped: true }).load()],
    ['a lazy collection', async em => (await em.findOneOrFail(City, 2)).sisters.loadItems()],
    ['a collection that is initialised', async em => (await em.findOneOrFail(City, 2)).sisters.init()],
    [
      'a collection that is initialised with more',
      async em => (await em.findOneOrFail(City, 2)).sisters.init({ populate: ['country'] }),
    ],
    [
      'a reference that is initialised with more',
      em => wrap(em.getReference(City, 2)).init({ populate: ['sisters', 'country'] }),
    ],
    [
      'a matched collection',
      async em => (await em.findOneOrFail(City, 2)).sisters.matching({ where: { name: 'Lima' } }),
    ],
    ['a counted collection', async em => (await em.findOneOrFail(City, 2)).sisters.loadCount()],
    ['populate', em => em.populate(em.getReference(City, 2), ['country', 'sisters'])],
    ['find of some fields', em => em.find(City, {}, { fields: ['name', 'country.name'] })],
    ['find without some fields', em => em.find(City, {}, { exclude: ['facts'] })],
  ])('%s: is answered without the database the second time, deep-equal to the first', async (_name, read) => {
    const [first, em] = [db.orm.em.fork(), db.orm.em.fork()];
    const fresh = await read(first);
    let again: unknown;
    expect(await db.statements(async () => (again = await read(em)))).toEqual([]);
    deepStrictEqual(again, fresh);
    expect(text(again)).toBe(text(fresh));
    expect(managed(em)).toEqual(managed(first));
    em.getUnitOfWork().computeChangeSets();
    expect(em.getUnitOfWork().getChangeSets()).toEqual([]);
  });

  it('gives every value of a hit its own type back', async () => {
    await db.orm.em.fork().findOneOrFail(City, 1);
    const city = await db.orm.em.fork().findOneOrFail(City, 1);
    expect(db.cache.stats().hits).toBe(1);
    expect(city.population).toBe(2_817_381n);
    expect(city.founded).toEqual(new Date('1960-04-21T12:00:00.123Z'));
    expect(Buffer.from(city.flag ?? [])).toEqual(Buffer.from([0, 255, 7]));
    expect(city.facts).toEqual({ rivers: ['Paranoa'] });
    expect(city.twin).toBeNull();
  });

  it('is not poisoned by what a caller does to an earlier result', async () => {
    await db.orm.em.fork().findOne(City, 1);
    const hit = await db.orm.em.fork().findOneOrFail(City, 1);
    hit.facts?.rivers.push('Amazon');
    hit.founded?.setFullYear(1);
    hit.flag?.fill(1);
    const next = await db.orm.em.fork().findOneOrFail(City, 1);
    expect([next.facts, next.founded?.getFullYear(), next.flag?.at(0)]).toEqual([{ rivers: ['Paranoa'] }, 1960, 0]);
  });

  it('marks a changed property of a hit dirty, and only that', async () => {
    await db.orm.em.fork().findOne(City, 1);
    const em = db.orm.em.fork();
    const city = await em.findOneOrFail(City, 1);
    city.name = 'Brasília';
    em.getUnitOfWork().computeChangeSets();
    expect(
      em
        .getUnitOfWork()
        .getChangeSets()
        .map(({ payload }) => payload),
    ).toEqual([{ name: 'Brasília' }]);
  });

  it('leaves unsaved changes of a managed entity alone', async () => {
    await db.orm.em.fork().find(City, {});
    const em = db.orm.em.fork();
    const city = await em.findOneOrFail(City, 1);
    city.name = 'mine';
    await em.find(City, {}, { flushMode: 'commit' });
    expect(city.name).toBe('mine');
  });

  it('shares one object where two paths lead to the same row', async () => {
    await twins();
    const [brasilia, recife] = await twins();
    expect(db.cache.stats().hits).toBeGreaterThan(0);
    expect(recife?.twin?.unwrap()).toBe(brasilia);
    expect(recife?.country.unwrap()).toBe(brasilia?.country.unwrap());
  });
});

describe('two reads that can differ never share an entry', () => {
  const reads: Record<string, (em: SqlEntityManager) => Promise<unknown>> = {
    all: em => em.find(City, {}),
    bigint: em => em.find(City, { population: 1n }),
    zero: em => em.find(City, { population: 0n }),
    null: em => em.find(City, { population: null }),
    date: em => em.find(City, { founded: new Date(1) }),
    'other date': em => em.find(City, { founded: new Date('1960-04-21T12:00:00.123Z') }),
    limit: em => em.find(City, {}, { limit: 1 }),
    offset: em => em.find(City, {}, { limit: 1, offset: 1 }),
    ascending: em => em.find(City, {}, { orderBy: { name: 'asc' } }),
    descending: em => em.find(City, {}, { orderBy: { name: 'desc' } }),
    fields: em => em.find(City, {}, { fields: ['name'] }),
    exclude: em => em.find(City, {}, { exclude: ['name'] }),
    filter: em => em.find(City, {}, { filters: { of: { country: 'BR' } } }),
    'other filter': em => em.find(City, {}, { filters: { of: { country: 'PE' } } }),
    'regular expression': em => em.find(City, { name: /^L/ }),
    'other regular expression': em => em.find(City, { name: /^R/ }),
    'raw fragment': em => em.find(City, { [raw('lower(name)')]: 'lima' }),
    'other raw fragment': em => em.find(City, { [raw('upper(name)')]: 'LIMA' }),
    bytes: em => em.find(City, { [raw('flag = ?', [Buffer.from([0, 255, 7])])]: [] }),
    'the same bytes, which the host writes as a list': em =>
      em.find(City, { [raw('flag = ?', [new Uint8Array([0, 255, 7])])]: [] }),
    one: em => em.findOne(City, { country: 'BR' }),
    count: em => em.count(City, {}),
    'other count': em => em.count(City, { country: 'BR' }),
    countries: em => em.find(Country, {}),
  };

  it('whatever the order in which they come', async () => {
    const expected = new Map<string, string>();
    for (const [name, read] of Object.entries(reads)) {
      expected.set(name, text(await uncached(() => read(db.orm.em.fork()))));
    }
    for (let round = 0; round < 2; round++) {
      for (const [name, read] of Object.entries(reads))
        expect([name, text(await read(db.orm.em.fork()))]).toEqual([name, expected.get(name)]);
    }
    expect(db.cache.stats().hits).toBe(Object.keys(reads).length);
  });

  it('also when only the parameter of a filter on a populated relation differs', async () => {
    db.orm.em.addFilter({ name: 'named', cond: args => ({ name: String(args['name']) }), entity: Country });
    const countries = async (name: string): Promise<unknown> => {
      const em = db.orm.em.fork();
      em.setFilterParams('named', { name });
      return (await em.find(City, {}, { populate: ['country'] })).map(city => city.country?.$?.name);
    };
    const [brazil, peru] = [await countries('Brazil'), await countries('Peru')];
    expect([await countries('Brazil'), await countries('Peru')]).toEqual([brazil, peru]);
    expect(brazil).not.toEqual(peru);
  });
});

describe('the cache keeps out of', () => {
  it('entities that are not annotated', async () => {
    expect(await twice(em => em.find(Visit, {}))).toHaveLength(1);
    expect(db.cache.stats()).toMatchObject({ hits: 0, misses: 0, bypassed: {} });
  });

  it('calls with `cache: false`, populated children included', async () => {
    await db.orm.em.fork().find(City, {}, { populate: ['country'], strategy: 'select-in' });
    const read = () => db.orm.em.fork().find(City, {}, { populate: ['country'], strategy: 'select-in', cache: false });
    expect(await db.statements(read)).toHaveLength(2);
    expect(db.cache.stats().bypassed).toEqual({ 'cache: false': 2 });
  });

  it('`refresh: true` and `em.refresh`', async () => {
    expect(await twice(em => em.find(City, {}, { refresh: true }))).toHaveLength(1);
    const em = db.orm.em.fork();
    const city = await em.findOneOrFail(City, 1);
    expect(await db.statements(() => em.refresh(city))).toHaveLength(1);
  });

  it('what is initialised again', async () => {
    const em = db.orm.em.fork();
    const city = await em.findOneOrFail(City, 2);
    await city.sisters.init();
    expect(await db.statements(() => city.sisters.init())).toHaveLength(1);
    expect(await db.statements(() => wrap(city).init())).toHaveLength(1);
    expect(await db.statements(() => em.populate([city], ['sisters'], { refresh: true }))).not.toEqual([]);
  });

  it('locked reads', async () => {
    expect(await twice(em => em.transactional(readLocked))).toHaveLength(1);
    expect(db.cache.stats().bypassed).toMatchObject({ 'locked read': 2 });
  });

  it('streams', async () => {
    expect(await twice(em => Array.fromAsync(em.stream(City)))).toHaveLength(1);
  });

  it('statements that call a function it does not know to be pure', async () => {
    expect(await twice(em => em.find(City, { [raw('random()')]: { $gt: 0 } }))).toHaveLength(1);
    expect(db.cache.stats().bypassed).toEqual({ 'not repeatable': 2 });
  });

  it('tables that no annotated entity leads to', async () => {
    expect(await twice(em => em.find(City, { [raw('(select count(*) from visit)')]: 0 }))).toHaveLength(1);
    expect(db.cache.stats().bypassed).toEqual({ 'table out of reach': 2 });
  });
});

it('caches a lazily loaded collection and a populated annotated relation like any other read', async () => {
  const load = async (): Promise<unknown> => {
    const city = await db.orm.em.fork().findOneOrFail(City, 3);
    await city.tags.loadItems();
    return wrap(city).toObject();
  };
  const fresh = await load();
  const visit = db.orm.em.fork();
  visit.create(Visit, { id: 1, city: 3, note: '' });
  await visit.flush();
  expect(await load()).toEqual(fresh);
});

it('lets the call choose the expiration, in the words of the host', async () => {
  await db.orm.em.fork().find(City, {}, { cache: 1e9 });
  await db.orm.em.fork().find(City, {}, { cache: true });
  expect(db.cache.stats().hits).toBe(1);
});

it('keeps calls of one named key apart and clears them all together', async () => {
  const find = () => db.orm.em.fork().find(City, {}, { cache: ['cities', 1_000] });
  const count = () => db.orm.em.fork().count(City, {}, { cache: ['cities', 1_000] });
  await find();
  expect(await count()).toBe(3);
  expect(await db.statements(async () => [await find(), await count()])).toEqual([]);
  await db.orm.em.fork().clearCache('cities');
  expect(await db.statements(async () => [await find(), await count()])).toHaveLength(2);
});

it('keeps the session context of row-level security apart', async () => {
  const em = db.orm.em.fork();
  await em.find(City, {});
  Object.defineProperty(em, 'getSessionContext', { value: () => ({ variables: { tenant: 1 } }) });
  expect(await db.statements(() => em.find(City, {}))).toHaveLength(1);
});

/** The statements of a call that was made before. */
async function twice(read: (em: SqlEntityManager) => Promise<unknown>): Promise<string[]> {
  await read(db.orm.em.fork());
  return db.statements(() => read(db.orm.em.fork()));
}

async function uncached(read: () => Promise<unknown>): Promise<unknown> {
  db.cache.enabled = false;
  const result = await read();
  db.cache.enabled = true;
  return result;
}

function twins() {
  return db.orm.em.fork().find(City, { id: [1, 2] }, { populate: ['country', 'twin'], orderBy: { id: 'asc' } });
}

function readLocked(em: SqlEntityManager): Promise<unknown> {
  return em.findOne(City, 1, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** What the host knows of each entity besides its properties: its snapshot, and what of it was loaded. */
function managed(em: SqlEntityManager): unknown {
  return [...em.getUnitOfWork().getIdentityMap()].map(entity => {
    const { __originalEntityData, __loadedProperties, __initialized } = helper(entity);
    return { __originalEntityData, __loadedProperties, __initialized };
  });
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value;
}

function text(value: unknown): string {
  return JSON.stringify(value, bigintAsText);
}
