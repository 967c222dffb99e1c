import { slowQuery, type SlowQueryOptions } from '@mikro-kit/slow-query';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';

export const Country = defineEntity({
  name: 'Country',
  properties: {
    code: p.string().primary(),
    name: p.string(),
    cities: () => p.oneToMany(City).mappedBy('country'),
    tags: () => p.manyToMany(Tag).owner(),
  },
});

export const City = defineEntity({
  name: 'City',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    country: () => p.manyToOne(Country).ref(),
    twin: () => p.manyToOne(City).ref().nullable(),
    stops: () => p.oneToMany(Stop).mappedBy('city'),
  },
});

export const Tag = defineEntity({
  name: 'Tag',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    countries: () => p.manyToMany(Country).mappedBy('tags'),
  },
});

/** Refers to a country without being known there. */
export const Airport = defineEntity({
  name: 'Airport',
  properties: { id: p.integer().primary(), country: () => p.manyToOne(Country).ref() },
});

/** Has a composite primary key that holds foreign keys. */
export const Stop = defineEntity({
  name: 'Stop',
  properties: {
    city: () => p.manyToOne(City).primary(),
    day: p.integer().primary(),
    notes: () => p.oneToMany(Note).mappedBy('stop'),
  },
});

export const Note = defineEntity({
  name: 'Note',
  properties: { id: p.integer().primary(), stop: () => p.manyToOne(Stop).ref() },
});

export const ENTITIES = [Country, City, Tag, Airport, Stop, Note];

/** How many there are of each; every country has two cities. */
export const COUNTRIES = 8;

/** Opens an ORM on SQLite in memory, filled, with nothing counted yet. */
export async function openAtlas(options: SlowQueryOptions = {}): Promise<MikroORM> {
  const orm = await MikroORM.init({
    entities: ENTITIES,
    dbName: ':memory:',
    extensions: [slowQuery(options)],
  });
  await orm.schema.create();
  await fill(orm);
  return orm;
}

async function fill(orm: MikroORM): Promise<void> {
  const em = orm.em.fork();
  for (let i = 1; i <= COUNTRIES; i++) {
    const tag = em.create(Tag, { id: i, name: `tag ${i}` });
    const country = em.create(Country, { code: `C${i}`, name: `country ${i}`, tags: [tag] });
    const city = em.create(City, { id: i, name: `city ${i}`, country });
    em.create(City, { id: COUNTRIES + i, name: `town ${i}`, country, twin: city });
    em.create(Airport, { id: i, country });
    em.create(Note, { id: i, stop: em.create(Stop, { city, day: 1 }) });
  }
  await em.flush();
}
