import { statementTap, StatementRefused } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, ObjectId, type Options, p } from '@mikro-orm/mongodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { describeWith, mongodb, type MongoGroup, until } from '../servers/index.ts';
import { kinds, watch, type Watched } from './cities.ts';

const CitySchema = defineEntity({
  name: 'City',
  tableName: 'cities',
  properties: {
    _id: p.type(ObjectId).primary(),
    name: p.string().unique(),
    population: p.integer().default(0),
    country: () => p.manyToOne(Country).nullable(),
  },
});
class City extends CitySchema.class {}
CitySchema.setClass(City);

const CountrySchema = defineEntity({
  name: 'Country',
  properties: {
    _id: p.type(ObjectId).primary(),
    name: p.string(),
    cities: () => p.oneToMany(City).mappedBy('country'),
  },
});
class Country extends CountrySchema.class {}
CountrySchema.setClass(Country);

await describeWith('mongodb', 'the tap on MongoDB', () => {
  let servers: MongoGroup<1>;
  let cities: Watched<MikroORM>;
  const open = async (options: Options = {}): Promise<Watched<MikroORM>> =>
    watch(
      await MikroORM.init({
        entities: [City, Country],
        extensions: [statementTap()],
        ...servers.mikroOrmOptions(),
        ...options,
      }),
    );

  beforeAll(async () => {
    servers = await mongodb({ secondaries: 1 });
    cities = await open();
    await cities.orm.schema.create();
    await cities.orm.em.fork().insertMany(
      City,
      ['Lima', 'Oslo', 'Pune'].map(name => ({ name, population: 0 })),
    );
    cities.seen.length = 0;
  });
  afterEach(() => void cities.seen.splice(0));
  afterAll(async () => {
    await cities?.orm.close();
    await servers?.stop();
  });

  it.each<[path: string, run: (orm: MikroORM) => Promise<unknown>, expected: string[]]>([
    ['find', orm => orm.em.fork().find(City, { population: { $lt: 1 } }), ['read']],
    ['count', orm => orm.em.fork().count(City), ['read']],
    ['aggregate', orm => orm.em.fork().aggregate(City, [{ $match: { name: 'Lima' } }]), ['read']],
    ['insert', orm => orm.em.fork().insert(City, { name: 'Rome' }), ['write']],
    ['nativeUpdate', orm => orm.em.fork().nativeUpdate(City, { name: 'Rome' }, { population: 3 }), ['write']],
    ['nativeDelete', orm => orm.em.fork().nativeDelete(City, { name: 'Rome' }), ['write']],
    ['the native collection', orm => orm.em.fork().getCollection(City).findOne({ name: 'Lima' }), ['read']],
  ])('%s is seen exactly once', async (_path, run, expected) => {
    await run(cities.orm);
    expect(kinds(cities.seen)).toEqual(expected);
  });

  it('a statement has its values apart, its collection, entity, fork and rows', async () => {
    const em = cities.orm.em.fork();
    await em.find(
      City,
      { name: { $in: ['Lima', 'Oslo'] }, population: 0 },
      { orderBy: { name: 'asc' }, logging: { label: 'x' } },
    );
    expect(cities.seen[0]).toMatchObject({
      text: 'find cities {"filter":{"name":{"$in":?},"population":?},"sort":{"name":1}}',
      params: [['Lima', 'Oslo'], 0],
      tables: ['cities'],
      writes: [],
      entity: 'City',
      fork: em.id,
      context: { label: 'x' },
      rows: 2,
    });
  });

  it('a find with its getMores is one statement, also when it is left', async () => {
    const names: string[] = [];
    for await (const city of cities.orm.em.fork().stream(City, { chunkSize: 2 })) names.push(city.name);
    for await (const city of cities.orm.em.fork().stream(City, { chunkSize: 2 })) if (city.name) break;
    await until(() => cities.seen.length === 2, { what: 'both statements' });
    expect(names).toHaveLength(3);
    expect(cities.seen.map(({ kind, rows }) => [kind, rows])).toEqual([
      ['read', 3],
      ['read', 2],
    ]);
  });

  it('fifty concurrent finds keep their own values and forks', async () => {
    const forks = Array.from({ length: 50 }, () => cities.orm.em.fork());
    await Promise.all(forks.map((em, n) => em.find(City, { population: { $gt: n } })));
    const told = cities.seen.map(({ fork, params }) => `${fork} ${String(params[0])}`);
    expect(new Set(told)).toEqual(new Set(forks.map((em, n) => `${em.id} ${n}`)));
    expect(told).toHaveLength(50);
  });

  it('a populated relation says so', async () => {
    const em = cities.orm.em.fork();
    em.create(City, { name: 'Quito', population: 1, country: em.create(Country, { name: 'Ecuador' }) });
    await em.flush();
    cities.seen.length = 0;
    await cities.orm.em.fork().find(Country, {}, { populate: ['cities'] });
    expect(cities.seen.map(({ entity, populates }) => [entity, populates])).toEqual([
      ['Country', undefined],
      ['City', 'cities'],
    ]);
  });

  it('a transaction is told by its commands, with how it ended', async () => {
    await cities.orm.em.fork().transactional(async em => {
      await em.insert(City, { name: 'Kyiv' });
      await em.count(City, { name: 'Kyiv' });
    });
    const failed = cities.orm.em.fork().transactional(async em => {
      await em.insert(City, { name: 'Riga' });
      throw new Error('no');
    });
    await expect(failed).rejects.toThrow('no');
    expect(kinds(cities.seen)).toEqual(['write', 'read', 'commit', 'write', 'rollback']);
    const [committed, rolledBack] = new Set(cities.seen.map(({ transaction }) => transaction));
    expect([committed?.state, rolledBack?.state]).toEqual(['committed', 'rolled back']);
  });

  it('an error keeps its type and is told', async () => {
    await expect(cities.orm.em.fork().insert(City, { name: 'Lima' })).rejects.toMatchObject({
      name: 'UniqueConstraintViolationException',
    });
    expect(cities.seen[0]?.error).toMatchObject({ code: 11_000 });
  });

  it('what an aggregation reads and writes beside its collection is told', async () => {
    const lookup = { from: 'country', localField: 'country', foreignField: '_id', as: 'countries' };
    await cities.orm.em.fork().aggregate(City, [{ $lookup: lookup }]);
    expect(cities.seen[0]).toMatchObject({ tables: ['cities', 'country'], writes: [] });
  });

  it('a read that a secondary answers says which', async () => {
    const [secondary] = servers.replicas;
    await secondary.caughtUp();
    const { orm, seen } = await open({ driverOptions: { readPreference: 'secondary' } });
    await orm.em.fork().find(City, { name: 'Lima' });
    await orm.em.fork().nativeUpdate(City, { name: 'Lima' }, { population: 2 });
    expect(seen.map(({ kind, node }) => [kind, node])).toEqual([
      ['read', `127.0.0.1:${secondary.port}`],
      ['write', 'primary'],
    ]);
    await orm.close();
  });

  it('statements are seen after a reconnect', async () => {
    const { orm, seen } = await open();
    await orm.em.fork().count(City);
    await orm.reconnect();
    await orm.em.fork().count(City);
    expect(kinds(seen)).toEqual(['read', 'read']);
    await orm.close();
  });

  describe('guards', () => {
    it('wait around writes and commits, and can refuse them', async () => {
      const { orm, tap } = await open();
      const told: string[] = [];
      tap.guard({
        before: ({ kind, command, tables }) => {
          told.push(`before ${command ?? `${kind} ${String(tables)}`}`);
          if (tables.includes('country')) throw new StatementRefused('countries are fixed');
        },
        after: ({ kind, command }) => void told.push(`after ${command ?? kind}`),
      });
      await orm.em.fork().transactional(em => em.nativeUpdate(City, { name: 'Oslo' }, { population: 7 }));
      await expect(orm.em.fork().insert(Country, { name: 'Peru' })).rejects.toThrow('countries are fixed');
      await orm.close();
      expect(told).toEqual([
        'before write cities',
        'after write',
        'before commit',
        'after commit',
        'before write country',
      ]);
    });
  });

  it('a guard knows the transaction of its first write, and observers what no guard could wait around', async () => {
    const { orm, tap, seen } = await open();
    const guarded: unknown[] = [];
    tap.guard({ before: ({ kind, transaction }) => void guarded.push([kind, transaction]) });
    await orm.em.fork().transactional(async em => {
      await em.nativeUpdate(City, { name: 'Oslo' }, { population: 8 });
      const session = em.getTransactionContext();
      await em.getCollection(City).updateOne({ name: 'Oslo' }, { $set: { population: 9 } }, session ? { session } : {});
    });
    await orm.em
      .fork()
      .getCollection(City)
      .updateOne({ name: 'Oslo' }, { $set: { population: 10 } });
    const [transaction] = seen.map(statement => statement.transaction);
    expect(transaction?.state).toBe('committed');
    expect(guarded).toEqual([
      ['write', transaction],
      ['transaction', transaction],
    ]);
    expect(seen.map(({ unguarded }) => unguarded ?? false)).toEqual([false, true, false, true]);
    await orm.close();
  });

  it('the pool is told by connections in use and idle', async () => {
    const { orm, tap } = await open();
    const events: string[] = [];
    for (const event of ['connect', 'acquire', 'release', 'close'] as const) tap.on(event, () => events.push(event));
    await orm.em.fork().count(City);
    expect(tap.pools()).toMatchObject([{ node: 'primary', inUse: 0, waiting: 0 }]);
    expect(events.filter(event => event === 'acquire')).toHaveLength(
      events.filter(event => event === 'release').length,
    );
    await orm.close();
    expect(events.filter(event => event === 'close')).toHaveLength(events.filter(event => event === 'connect').length);
    expect(tap.pools()).toEqual([]);
  });
});
