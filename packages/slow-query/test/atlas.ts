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
  properties: {
    id: p.integer().primary(),
    country: () => p.manyToOne(Country).ref(),
    tower: () => p.oneToOne(Tower).mappedBy('airport').ref().nullable(),
    planes: () => p.oneToMany(Plane).mappedBy('home'),
  },
});

export const Tower = defineEntity({
  name: 'Tower',
  properties: { id: p.integer().primary(), airport: () => p.oneToOne(Airport).inversedBy('tower').ref() },
});

/** Root of a single-table hierarchy. */
const Vehicle = defineEntity({
  name: 'Vehicle',
  discriminatorColumn: 'kind',
  discriminatorValue: 'vehicle',
  properties: { id: p.integer().primary(), kind: p.string() },
});

export const Plane = defineEntity({
  name: 'Plane',
  extends: Vehicle,
  discriminatorValue: 'plane',
  properties: { home: () => p.manyToOne(Airport).ref() },
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

export const ENTITIES = [Country, City, Tag, Airport, Tower, Vehicle, Plane, Stop, Note];

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
    const airport = em.create(Airport, { id: i, country });
    em.create(Tower, { id: i, airport });
    em.create(Plane, { id: i, kind: 'plane', home: airport });
    em.create(Note, { id: i, stop: em.create(Stop, { city, day: 1 }) });
  }
  await em.flush();
}
