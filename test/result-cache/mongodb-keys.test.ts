import { memoryStore } from '@mikro-kit/result-cache';
import { type EntityManager, MongoEntityManager, ObjectId } from '@mikro-orm/mongodb';
import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';

import { describeWith, mongodb, type MongoGroup } from '../servers/index.ts';
import { Animal, brazil, Cat, City, Country, Dog, mongoCities, peru, type MongoCities } from './mongo/cities.ts';

/** Any two of these can differ. */
const reads: Readonly<Record<string, (em: EntityManager) => Promise<unknown>>> = {
  all: em => em.find(City, {}),
  zero: em => em.find(City, { population: 0 }),
  null: em => em.find(City, { population: null }),
  date: em => em.find(City, { founded: new Date(1) }),
  'other date': em => em.find(City, { founded: new Date('1960-04-21T12:00:00.123Z') }),
  reference: em => em.find(City, { country: peru }),
  'other reference': em => em.find(City, { country: brazil }),
  limit: em => em.find(City, {}, { limit: 1 }),
  offset: em => em.find(City, {}, { limit: 1, offset: 1 }),
  ascending: em => em.find(City, {}, { orderBy: { name: 'asc' } }),
  descending: em => em.find(City, {}, { orderBy: { name: 'desc' } }),
  'by two fields': em => em.find(City, {}, { orderBy: [{ country: 'asc' }, { name: 'asc' }] }),
  'by the same two in another order': em => em.find(City, {}, { orderBy: [{ name: 'asc' }, { country: 'asc' }] }),
  fields: em => em.find(City, {}, { fields: ['name'] }),
  exclude: em => em.find(City, {}, { exclude: ['name'] }),
  lazy: em => em.find(City, {}, { populate: ['essay'] }),
  filter: em => em.find(City, {}, { filters: { of: { country: brazil } } }),
  'other filter': em => em.find(City, {}, { filters: { of: { country: new ObjectId(peru.id) } } }),
  'filter of what is populated': em =>
    em.find(Country, {}, { populate: ['cities'], filters: { of: { country: peru } }, populateWhere: 'all' }),
  'the same filter with another value': em =>
    em.find(Country, {}, { populate: ['cities'], filters: { of: { country: brazil } }, populateWhere: 'all' }),
  'condition of what is populated': em =>
    em.find(Country, {}, { populate: ['cities'], populateWhere: { cities: { name: 'Lima' } } }),
  'other condition of what is populated': em =>
    em.find(Country, {}, { populate: ['cities'], populateWhere: { cities: { name: 'Recife' } } }),
  'regular expression': em => em.find(City, { name: /^l/ }),
  'regular expression with a flag': em => em.find(City, { name: /^l/i }),
  'embedded field': em => em.find(City, { hall: { street: 'Main' } }),
  elements: em => em.find(City, { parks: { $elemMatch: { street: 'Side' } } }),
  one: em => em.findOne(City, { country: brazil }),
  count: em => em.count(City, {}),
  'other count': em => em.count(City, { country: brazil }),
  hint: em => em.find(City, {}, { indexHint: '_id_' }),
  'class of a collection': em => em.find(Cat, {}),
  'other class of a collection': em => em.find(Dog, {}),
  collection: em => em.find(Animal, {}),
  countries: em => em.find(Country, {}),
  pipeline: em => em.aggregate(City, [{ $sort: { name: 1 } }, { $limit: 1 }]),
  'pipeline in another order': em => em.aggregate(City, [{ $limit: 1 }, { $sort: { name: 1 } }]),
};

await describeWith('mongodb', 'reads on MongoDB', () => {
  let servers: MongoGroup<0>;
  let db: MongoCities;
  beforeAll(async () => void (servers = await mongodb()));
  afterAll(() => servers?.stop());
  beforeEach(async () => void (db = await mongoCities(servers)));

  it('that can differ never share an entry, whatever the order in which they come', async () => {
    const expected = new Map<string, string>();
    db.cache.enabled = false;
    for (const [name, read] of Object.entries(reads)) expected.set(name, JSON.stringify(await read(db.em())));
    db.cache.enabled = true;
    for (let round = 0; round < 2; round++) {
      for (const [name, read] of Object.entries(reads)) {
        expect([name, JSON.stringify(await read(db.em()))]).toEqual([name, expected.get(name)]);
      }
    }
    expect(Object.keys(db.cache.stats().bypassed)).toEqual(['disabled']);
    expect(db.cache.stats().hits).toBeGreaterThanOrEqual(Object.keys(reads).length);
  });

  it('of clients that make other values of the same BSON share no entries', async () => {
    const store = memoryStore();
    const [plain, bigints] = [
      await db.open({ store }),
      await db.open({ store }, { driverOptions: { useBigInt64: true } }),
    ];
    await db
      .em()
      .getCollection<{ _id: number }>('city')
      .updateOne({ _id: 3 }, { $set: { population: 5n } });
    expect([await population(plain), await population(bigints), await population(plain)]).toEqual([5, 5n, 5]);
  });

  it('go through an EntityManager class of the application', async () => {
    class OwnEntityManager extends MongoEntityManager {}
    const own = await db.open({}, { entityManager: OwnEntityManager });
    await own.em().find(City, {});
    await own.em().find(City, {});
    expect(own.em()).toBeInstanceOf(OwnEntityManager);
    expect(own.cache.stats()).toMatchObject({ hits: 1, misses: 1 });
  });

  it('are fresh after writes of the ORM through a client of the application, which tells of no commands', async () => {
    const client = new MongoClient(servers.url);
    onTestFinished(() => client.close());
    const own = await db.open({}, { driverOptions: client, logger: () => undefined });
    const name = async (): Promise<string> => (await own.em().findOneOrFail(City, { name: /^[a-z]/i, _id: 3 })).name;
    expect([await name(), await name()]).toEqual(['Lima', 'Lima']);
    await own.em().nativeUpdate(City, 3, { name: 'new' });
    expect(await name()).toBe('new');
    const em = own.em();
    await em.begin();
    await em.nativeUpdate(City, 3, { name: 'newer' });
    expect([await name(), await name()]).toEqual(['new', 'new']);
    await em.commit();
    expect(await name()).toBe('newer');
  });

  it('are compared with the database in shadow mode, which finds what another program wrote', async () => {
    const client = new MongoClient(servers.url);
    onTestFinished(() => client.close());
    const shadowed = await db.open({ shadow: 1 }, { logger: () => undefined });
    const name = async (): Promise<string> => (await shadowed.em().findOneOrFail(City, 3)).name;
    expect([await name(), await name()]).toEqual(['Lima', 'Lima']);
    const dbName = shadowed.orm.config.get('dbName');
    await client
      .db(dbName)
      .collection<{ _id: number }>('city')
      .updateOne({ _id: 3 }, { $set: { name: 'new' } });
    expect([await name(), await name()]).toEqual(['new', 'new']);
    expect(shadowed.cache.stats()).toMatchObject({ compared: 2, stale: 1 });
  });
});

async function population({ em }: MongoCities): Promise<unknown> {
  return (await em().aggregate(City, [{ $match: { _id: 3 } }]))[0].population;
}
