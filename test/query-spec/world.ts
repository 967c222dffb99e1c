import { defineQuerySpec } from '@mikro-kit/query-spec';
import { defineEntity, p } from '@mikro-orm/core';

import { Decimal128Type, LongType } from './bson-types.ts';
import { ORDERED_COLLATION, type Database } from './databases.ts';

const EQUALITY = ['eq', 'ne', 'in', 'nin', 'isNull'] as const;
const ORDERED = [...EQUALITY, 'gt', 'gte', 'lt', 'lte', 'between', 'notBetween'] as const;
const LIST = ['has', 'hasAny', 'hasAll', 'isEmpty', 'length', 'isNull'] as const;

/** What the JSON of a city should hold; it holds other things, too. */
interface Info {
  name?: string | null;
  size?: number | null;
  open?: boolean | null;
  deep?: { name?: string | null } | null;
  list?: (number | null)[] | null;
}

const QUANTIFIERS = ['some', 'none', 'every', 'size'] as const;
const TEXT = [
  'contains',
  'startsWith',
  'endsWith',
  'like',
  'ieq',
  'icontains',
  'istartsWith',
  'iendsWith',
  'ilike',
] as const;

/** Countries and cities as each database holds them: the same but for what a database must be told. */
export function entitiesOf(database: Database) {
  const collation = ORDERED_COLLATION[database];
  const ordered = () => (collation ? p.string().collation(collation) : p.string());
  const mongo = database === 'mongodb';
  const Country = defineEntity({
    name: 'Country',
    properties: {
      code: mongo ? p.string().primary().fieldName('_id') : ordered().primary(),
      name: ordered(),
      motto: p.string().nullable(),
      cities: () => p.oneToMany(City).mappedBy('country'),
    },
  });
  const Tag = defineEntity({
    name: 'Tag',
    properties: {
      id: mongo ? p.integer().primary().fieldName('_id') : p.integer().primary(),
      label: ordered().length(200),
      weight: p.integer().nullable(),
      cities: () => p.manyToMany(City).mappedBy('tags'),
    },
  });
  const City = defineEntity({
    name: 'City',
    properties: {
      id: mongo ? p.integer().primary().fieldName('_id') : p.integer().primary(),
      name: ordered().length(200),
      note: ordered().length(200).nullable(),
      slug: p.string().length(200).nullable(),
      population: p.integer().nullable(),
      altitude: p.double().nullable(),
      area: mongo ? p.type(Decimal128Type).nullable() : p.decimal().precision(15).scale(4).nullable(),
      visitors: mongo ? p.type(LongType).nullable() : p.bigint().nullable(),
      founded: p.date().nullable(),
      updatedAt: p.datetime().length(3).nullable(),
      capital: p.boolean(),
      size: p.enum(['small', 'large']).nullable(),
      tag: p.uuid().nullable(),
      info: p.json<Info>().nullable(),
      words: p.json<(string | null)[]>().nullable(),
      marks: database === 'postgres' || mongo ? p.array().nullable() : p.json<string[]>().nullable(),
      country: () => p.manyToOne(Country).nullable(),
      sister: () => p.manyToOne(City).ref().nullable(),
      sisters: () => p.oneToMany(City).mappedBy('sister'),
      tags: () => p.manyToMany(Tag).owner(),
    },
  });
  return { Country, City, Tag };
}

const FILTER = {
  id: ORDERED,
  name: [...ORDERED, ...TEXT],
  note: [...ORDERED, ...TEXT],
  slug: [...EQUALITY, ...TEXT],
  population: ORDERED,
  altitude: ORDERED,
  area: ORDERED,
  visitors: ORDERED,
  founded: ORDERED,
  updatedAt: ORDERED,
  capital: EQUALITY,
  size: EQUALITY,
  tag: ORDERED,
  'country.code': ORDERED,
  'country.name': [...ORDERED, ...TEXT],
  'country.motto': [...EQUALITY, ...TEXT],
  'sister.note': [...ORDERED, ...TEXT],
  'sister.population': ORDERED,
  'sister.country.name': ORDERED,
  'info.name': [...ORDERED, ...TEXT, 'exists'],
  'info.size': [...ORDERED, 'exists'],
  'info.open': [...EQUALITY, 'exists'],
  'info.deep.name': [...ORDERED, ...TEXT, 'exists'],
  'info.list': LIST,
  words: LIST,
  marks: LIST,
  'sister.info.size': [...ORDERED, 'exists'],
  'sister.words': LIST,
  tags: QUANTIFIERS,
  'tags.label': [...ORDERED, ...TEXT],
  'tags.weight': ORDERED,
  'tags.cities': QUANTIFIERS,
  'tags.cities.population': ORDERED,
  sisters: QUANTIFIERS,
  'sisters.note': [...ORDERED, ...TEXT],
  'sisters.population': ORDERED,
  'sisters.country.name': [...ORDERED, ...TEXT],
  'sisters.info.name': [...ORDERED, ...TEXT, 'exists'],
  'sisters.marks': LIST,
  'sisters.tags': QUANTIFIERS,
  'sisters.tags.weight': ORDERED,
  'country.cities': QUANTIFIERS,
  'country.cities.note': [...ORDERED, ...TEXT],
  'country.cities.capital': EQUALITY,
  'sister.tags': QUANTIFIERS,
  'sister.tags.label': [...ORDERED, ...TEXT],
} as const;

const TYPES = {
  'info.name': 'string',
  'info.size': 'number',
  'info.open': 'boolean',
  'info.deep.name': 'string',
  'info.list': 'number[]',
  words: 'string[]',
  marks: 'string[]',
  'sister.info.size': 'number',
  'sister.words': 'string[]',
  'sisters.info.name': 'string',
  'sisters.marks': 'string[]',
} as const;

/** What all databases sort by. */
export const SORT = [
  ...([
    'name',
    'note',
    'population',
    'altitude',
    'area',
    'visitors',
    'founded',
    'updatedAt',
    'capital',
    'tag',
  ] as const),
  ...(['country.code', 'sister.id'] as const),
] as const;

/** What those with joins sort by. */
export const JOINED_SORT = [
  ...(['country.name', 'sister.country.name', 'sister.country.code', 'sister.sister.id'] as const),
  ...(['sister.note', 'sister.population', 'sister.altitude', 'sister.area', 'sister.visitors'] as const),
  ...(['sister.founded', 'sister.updatedAt', 'sister.capital', 'sister.tag'] as const),
] as const;

/** What a database can keep. */
export function cityQueryOf({ City }: ReturnType<typeof entitiesOf>, database: Database) {
  return defineQuerySpec(City, {
    filter: FILTER,
    types: TYPES,
    sort: database === 'mongodb' ? SORT : [...SORT, ...JOINED_SORT],
    maxLimit: 1000,
  });
}
