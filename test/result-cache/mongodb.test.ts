import { deepStrictEqual } from 'node:assert';

import { helper, ObjectId, wrap, type EntityManager } from '@mikro-orm/mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { describeWith, mongodb, type MongoGroup } from '../servers/index.ts';
import {
  Animal,
  brazil,
  Cat,
  City,
  CitySize,
  Country,
  mongoCities,
  peru,
  Tag,
  type MongoCities,
  Visit,
} from './mongo/cities.ts';

const nowhere = new ObjectId('65a0000000000000000000ff');

type Read = (em: EntityManager) => Promise<unknown>;

const reads: Readonly<Record<string, Read>> = {
  find: em => em.find(City, { name: 'Lima' }),
  findAll: em => em.findAll(City),
  findOne: em => em.findOne(City, 1),
  'findOne of a missing document': em => em.findOne(City, 99),
  findOneOrFail: em => em.findOneOrFail(City, { name: 'Recife' }),
  'find by keys': em => em.find(City, { _id: [1, 3] }),
  'find of nothing': em => em.find(City, { name: 'Atlantis' }),
  'find by an embedded field': em => em.find(City, { hall: { street: 'Main' } }),
  'find by $elemMatch': em => em.find(City, { parks: { $elemMatch: { street: 'Side' } } }),
  'find of a subclass': em => em.find(Cat, {}),
  count: em => em.count(City, { country: brazil }),
  'count of nothing': em => em.count(City, { country: nowhere }),
  countBy: em => em.countBy(City, 'country'),
  findAndCount: em => em.findAndCount(City, {}, { limit: 2 }),
  findByCursor: em => em.findByCursor(City, { first: 2, orderBy: { _id: 'asc' } }),
  populate: em => em.find(City, {}, { populate: ['country', 'twin', 'tags', 'essay'] }),
  'populate of the other sides': em => em.find(Country, {}, { populate: ['cities.tags', 'cities.twin'] }),
  'populate with a limit': em =>
    em.find(Country, {}, { populate: ['cities'], populateHints: { cities: { limit: 1, orderBy: { name: 'asc' } } } }),
  'em.populate': em => em.populate(em.getReference(City, 2), ['country', 'twin']),
  'a lazy reference': em => em.getReference(City, 1, { wrapped: true }).load(),
  'a lazy collection': async em => (await em.findOneOrFail(Country, brazil)).cities.loadItems(),
  'a matched collection': async em =>
    (await em.findOneOrFail(Country, brazil)).cities.matching({ where: { name: 'Recife' } }),
  'a counted collection': async em => (await em.findOneOrFail(Country, brazil)).cities.loadCount(),
  'some fields': em => em.find(City, {}, { fields: ['name', 'country.name'] }),
  'without some fields': em => em.find(City, {}, { exclude: ['facts'] }),
  'without the identity map': em => em.find(City, {}, { disableIdentityMap: true }),
  aggregate: em => em.aggregate(City, [{ $match: { country: peru } }, { $sort: { name: 1 } }]),
  'aggregate with a lookup': em =>
    em.aggregate(City, [{ $lookup: { from: 'country', localField: 'country', foreignField: '_id', as: 'c' } }]),
};

await describeWith('mongodb', 'MongoDB', () => {
  let servers: MongoGroup<0>;
  let db: MongoCities;
  beforeAll(async () => void (servers = await mongodb()));
  afterAll(() => servers?.stop());
  beforeEach(async () => void (db = await mongoCities(servers)));

  it.each(Object.entries(reads))(
    '%s: is answered without the database the second time, deep-equal to an uncached one',
    async (_how, read) => {
      const plain = db.em();
      db.cache.enabled = false;
      const expected = await read(plain);
      db.cache.enabled = true;
      await read(db.em());
      const em = db.em();
      let again: unknown;
      expect(await db.statements(async () => (again = await read(em)))).toEqual([]);
      deepStrictEqual(again, expected);
      deepStrictEqual(managed(em), managed(plain));
      em.getUnitOfWork().computeChangeSets();
      expect(em.getUnitOfWork().getChangeSets()).toEqual([]);
    },
  );

  it('is not poisoned by what a caller does to a result, fresh or from the cache', async () => {
    for (let round = 0; round < 3; round++) {
      const city = await db.em().findOneOrFail(City, 1);
      expect(wrap(city).toObject()).toMatchObject({ facts: { rivers: ['Paranoa'] }, hall: { street: 'Main' } });
      expect([city.founded?.getFullYear(), city.parks.length]).toEqual([1960, 2]);
      city.facts?.rivers.push('Amazon');
      city.founded?.setFullYear(1);
      city.parks.pop();
      if (city.hall) city.hall.street = 'poison';
      const [row] = await db.em().aggregate(City, [{ $match: { _id: 1 } }]);
      expect(row.name).toBe('Brasilia');
      row.name = 'poison';
    }
    expect(db.cache.stats().hits).toBe(4);
  });

  it('a hit does not overwrite what is managed and fresher', async () => {
    await db.em().find(City, {});
    const em = db.em();
    const city = await em.findOneOrFail(City, 1);
    city.name = 'mine';
    await em.find(City, {}, { flushMode: 'commit' });
    expect(city.name).toBe('mine');
    await em.flush();
    await em.find(City, {});
    expect([city.name, (await db.em().findOneOrFail(City, 1)).name]).toEqual(['mine', 'mine']);
  });

  describe('always goes to the database, and says why', () => {
    it.each<[reason: string, Read]>([
      ['cache: false', em => em.find(City, {}, { cache: false })],
      ['refresh', em => em.find(City, {}, { refresh: true })],
      ['transaction', em => em.transactional(inner => inner.find(City, {}))],
      ['not repeatable', em => em.aggregate(City, [{ $sample: { size: 1 } }])],
      ['not repeatable', em => em.find(City, JSON.parse('{"$expr":{"$lt":["$founded","$$NOW"]}}'))],
      ['not repeatable', em => em.aggregate(City, [{ $match: { $expr: { $gt: [1, { $rand: {} }] } } }])],
      ['not repeatable', em => em.aggregate(City, [{ $match: { _id: 1 } }, { $merge: { into: 'visit' } }])],
      ['table out of reach', em => em.aggregate(City, [{ $lookup: { from: 'visit', pipeline: [], as: 'visits' } }])],
      ['no key', em => em.aggregate(City, [{ $match: { name: new Map([['$ne', '']]) } }])],
    ])('%s', async (reason, read) => {
      const told = await db.cache.explain(() => read(db.em()).catch(() => undefined));
      expect(told).toContainEqual({ kind: 'bypass', reason });
      expect(db.cache.stats().fills).toBe(0);
    });
  });

  it('what a virtual entity reads by its expression is kept as what it is', async () => {
    const sizes = (): Promise<unknown> => db.em().find(CitySize, {});
    const expected = await sizes();
    expect(expected).toHaveLength(3);
    expect(await db.statements(async () => expect(await sizes()).toEqual(expected))).toEqual([]);
    await db.em().nativeUpdate(City, 1, { population: 5 });
    expect(await sizes()).not.toEqual(expected);
  });

  it('classes of one collection share its entries and its writes', async () => {
    const read = async (): Promise<unknown> => [
      (await db.em().findOneOrFail(Animal, 1)).name,
      await db.em().count(Cat),
    ];
    expect([await read(), await read()]).toEqual([
      ['Tom', 1],
      ['Tom', 1],
    ]);
    await db.em().nativeUpdate(Cat, 1, { name: 'Kit' });
    expect(await read()).toEqual(['Kit', 1]);
  });

  it('entities that are not annotated keep the words of the host', async () => {
    const count = (cache: boolean | number): Promise<number> => db.em().count(Visit, {}, { cache });
    expect(await count(60_000)).toBe(0);
    await db.em().insert(Visit, { _id: 1, city: 1 });
    expect([await count(60_000), await count(false)]).toEqual([0, 1]);
    expect(await db.em().find(Tag, {}, { cache: 60_000 })).toHaveLength(1);
    expect(db.cache.stats()).toMatchObject({ hits: 0, misses: 0, bypassed: {} });
  });
});

/** What the host knows of each entity besides its properties. */
function managed(em: EntityManager): unknown {
  return [...em.getUnitOfWork().getIdentityMap()].map(entity => {
    const { __originalEntityData, __loadedProperties, __initialized } = helper(entity);
    return [helper(entity).getSerializedPrimaryKey(), __originalEntityData, __loadedProperties, __initialized];
  });
}
