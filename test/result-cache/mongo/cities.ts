import {
  cacheable,
  getResultCache,
  resultCache,
  type ResultCache,
  type ResultCacheOptions,
} from '@mikro-kit/result-cache';
import { ensureTap } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, ObjectId, p, type EntityManager, type Options } from '@mikro-orm/mongodb';
import { onTestFinished } from 'vitest';

import type { MongoGroup } from '../../servers/index.ts';

export const Country = defineEntity({
  name: 'Country',
  properties: {
    _id: p.type(ObjectId).primary(),
    name: p.string(),
    cities: () => p.oneToMany(City).mappedBy('country'),
  },
});

export const Tag = defineEntity({
  name: 'Tag',
  properties: { _id: p.integer().primary(), label: p.string(), cities: () => p.manyToMany(City).mappedBy('tags') },
});

const Place = defineEntity({
  name: 'Place',
  embeddable: true,
  properties: { street: p.string(), since: p.datetime().nullable() },
});

export const City = defineEntity({
  name: 'City',
  properties: {
    _id: p.integer().primary(),
    name: p.string(),
    population: p.integer().nullable(),
    founded: p.datetime().nullable(),
    facts: p.json<{ rivers: string[] }>().nullable(),
    essay: p.string().lazy().nullable(),
    hall: () => p.embedded(Place).nullable(),
    parks: () => p.embedded(Place).array(),
    country: () => p.manyToOne(Country).ref(),
    twin: () => p.manyToOne(City).nullable().ref(),
    tags: () => p.manyToMany(Tag),
  },
  filters: {
    of: { name: 'of', cond: ({ country }: { country: ObjectId }) => ({ country }), default: false },
  },
});

/** A hierarchy in one collection. */
export const Animal = defineEntity({
  name: 'Animal',
  discriminatorColumn: 'kind',
  properties: { _id: p.integer().primary(), kind: p.string(), name: p.string() },
});
export const Cat = defineEntity({
  name: 'Cat',
  extends: Animal,
  discriminatorValue: 'cat',
  properties: { lives: p.integer() },
});
export const Dog = defineEntity({ name: 'Dog', extends: Animal, discriminatorValue: 'dog', properties: {} });

/** Not annotated, and not reachable from an annotated entity. */
export const Visit = defineEntity({ name: 'Visit', properties: { _id: p.integer().primary(), city: p.integer() } });

/** No collection of its own. */
export const CitySize = defineEntity({
  name: 'CitySize',
  expression: (em: EntityManager) => em.aggregate(City, [{ $project: { _id: 0, name: 1, size: '$population' } }]),
  properties: { name: p.string(), size: p.integer().nullable() },
});

cacheable(Country, { tags: ['geo'] });
cacheable(City, { tags: ['geo'] });
cacheable(Animal);

const entities = [Place, Country, Tag, City, Animal, Cat, Dog, Visit, CitySize];

/** An ORM on a database, with two countries and three cities in it if it is the first there. */
export interface MongoCities {
  readonly orm: MikroORM;
  readonly cache: ResultCache;
  readonly em: () => EntityManager;
  /** The reads that the database was sent while `call` ran. */
  statements(call: () => Promise<unknown>): Promise<string[]>;
  /** Another process on the same database. */
  open(options?: ResultCacheOptions, host?: Partial<Options>): Promise<MongoCities>;
}

export const peru = new ObjectId('65a000000000000000000001');
export const brazil = new ObjectId('65a000000000000000000002');

let databases = 0;

export async function mongoCities(
  servers: Pick<MongoGroup, 'mikroOrmOptions'>,
  options: ResultCacheOptions = {},
  host: Partial<Options> = {},
): Promise<MongoCities> {
  const dbName = `cities${++databases}`;
  const first = await openCities(servers, dbName, options, host);
  await first.orm.schema.create();
  await seed(first.em());
  return first;
}

async function openCities(
  servers: Pick<MongoGroup, 'mikroOrmOptions'>,
  dbName: string,
  options: ResultCacheOptions,
  host: Partial<Options>,
): Promise<MongoCities> {
  const database = servers.mikroOrmOptions(dbName);
  const orm = await MikroORM.init({ entities, extensions: [resultCache(options)], ...database, ...host });
  onTestFinished(() => orm.close(true));
  return {
    orm,
    cache: getResultCache(orm),
    em: () => orm.em.fork(),
    statements: async call => {
      const seen: string[] = [];
      const stop = ensureTap(orm).observe(({ kind, text }) => void (kind === 'read' && seen.push(text)));
      await call().finally(stop);
      return seen;
    },
    open: (others = {}, otherHost = {}) => openCities(servers, dbName, others, otherHost),
  };
}

async function seed(em: EntityManager): Promise<void> {
  const [br, pe] = [
    em.create(Country, { _id: brazil, name: 'Brazil' }),
    em.create(Country, { _id: peru, name: 'Peru' }),
  ];
  const capital = em.create(Tag, { _id: 1, label: 'capital' });
  const hall = { street: 'Main', since: new Date('2024-02-29T12:34:56.789Z') };
  em.create(City, {
    _id: 1,
    name: 'Brasilia',
    country: br,
    population: 2_817_381,
    founded: new Date('1960-04-21T12:00:00.123Z'),
    facts: { rivers: ['Paranoa'] },
    essay: 'long',
    hall,
    parks: [hall, { street: 'Side' }],
    tags: [capital],
  });
  em.create(City, { _id: 2, name: 'Recife', country: br, twin: 1, parks: [] });
  em.create(City, { _id: 3, name: 'Lima', country: pe, population: 0, parks: [], tags: [capital] });
  em.create(Cat, { _id: 1, kind: 'cat', name: 'Tom', lives: 9 });
  await em.flush();
}
