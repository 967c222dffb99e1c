import { defineQuerySpec, serialize, shapeId } from '@mikro-kit/query-spec';
import { describe, expect, it } from 'vitest';

import { City } from './world.ts';

const cities = defineQuerySpec(City, {
  filter: {
    population: ['gt', 'gte', 'lt', 'between', 'isNull'],
    name: ['eq', 'ne', 'in', 'startsWith'],
    visitors: ['eq', 'in'],
    updatedAt: ['gte'],
    area: ['lt'],
    capital: ['eq'],
    'country.code': ['eq', 'in'],
  },
  sort: ['population', 'name', 'country.name'],
  populate: ['country', 'sisters', 'sister.country'],
  fields: ['name'],
  maxLimit: 500,
});

/** The objects in it that can be changed. */
function changeable(data: object): object[] {
  const inner = Object.values(data).filter(value => typeof value === 'object' && value !== null);
  return [...(Object.isFrozen(data) ? [] : [data]), ...inner.flatMap(changeable)];
}

describe('the object door', () => {
  const millions = {
    entity: 'City',
    filters: { kind: 'comparison', field: 'population', operator: 'gt', operand: 1_000_000 },
    orderBy: [],
    populate: [],
    limit: 50,
    offset: 0,
  };

  it.each([
    ['a tuple', ['>', 1_000_000]],
    ['a tuple with the name', ['gt', 1_000_000]],
    ['the long form', { gt: 1_000_000 }],
    ['the long form with the sign', { '>': 1_000_000 }],
    ['a string of digits', ['>', '1000000']],
  ])('reads %s', (_, population) => {
    expect(cities.parse({ filters: { population } })).toEqual(millions);
  });

  it.each([
    ['a string', 'population DESC'],
    ['a string in lower case', 'population desc'],
    ['an array of strings', ['population DESC']],
    ['an object', { population: 'DESC' }],
    ['an array of objects', [{ population: 'desc' }]],
  ])('reads the order from %s', (_, orderBy) => {
    expect(cities.parse({ orderBy }).orderBy).toEqual([{ field: 'population', direction: 'desc' }]);
  });

  it('sorts ascending when no direction is given, and by several fields', () => {
    const orderBy = [
      { field: 'population', direction: 'desc' },
      { field: 'name', direction: 'asc' },
    ];
    expect(cities.parse({ orderBy: ['population DESC', 'name'] }).orderBy).toEqual(orderBy);
    expect(cities.parse({ orderBy: { population: 'DESC', name: 'ASC' } }).orderBy).toEqual(orderBy);
  });

  it('takes a group of one for that one, and an empty object for no filter', () => {
    expect(cities.parse({ filters: { and: [{ or: [{ population: ['>', 1_000_000] }] }] } })).toEqual(millions);
    expect(cities.parse({ filters: {} })).toEqual(cities.parse({}));
  });

  it('keeps every digit of a bigint, and reads an instant whatever its offset', () => {
    const spec = cities.parse({
      filters: { visitors: '9007199254740993', updatedAt: ['>=', '2024-01-01T01:00+01:00'] },
    });
    expect(spec.filters).toMatchObject({
      conditions: [{ operand: 9007199254740993n }, { operand: new Date('2024-01-01T00:00:00Z') }],
    });
  });

  it('gives a spec that cannot be changed anywhere', () => {
    const name = { in: ['Oslo'], eq: 'Oslo' };
    const or = [{ population: ['between', 1, 2] }, { not: { and: [{ name }, { population: ['isNull', true] }] } }];
    const populate = ['country', 'sisters'];
    const specs = [
      cities.parse({}),
      cities.parse({ filters: { or }, orderBy: ['population DESC', { name: 'asc' }], populate, fields: ['name'] }),
      cities.parse({ filters: { not: { name: 'Oslo' } }, orderBy: 'name', populate: 'country', fields: 'name' }),
    ];
    expect(specs.flatMap(changeable)).toEqual([]);
  });
});

describe('the query-string door', () => {
  it('gives the same spec as the object door', () => {
    const object = cities.parse({
      filters: { population: ['>', 1_000_000], 'country.code': 'BR', name: { in: ['São Paulo', 'a,b&c=d[e]'] } },
      orderBy: ['population DESC', 'name'],
      populate: ['country', 'sisters'],
      limit: 20,
      offset: 40,
    });
    const text =
      'filter[population][gt]=1000000&filter[country.code]=BR&filter[name][in][]=S%C3%A3o+Paulo' +
      '&filter[name][in][]=a,b%26c%3Dd[e]&sort=-population,name&populate=country,sisters&limit=20&offset=40';
    expect(cities.fromQueryString(text)).toEqual(object);
    expect(cities.fromQueryString(`?${text}`)).toEqual(object);
    expect(cities.fromQueryString(new URLSearchParams(text))).toEqual(object);
  });

  it('reads groups by their index', () => {
    const text =
      'filter[or][0][name]=Oslo&filter[or][1][not][population][between][]=1&filter[or][1][not][population][between][]=5';
    const or = [{ name: 'Oslo' }, { not: { population: ['between', 1, 5] } }];
    expect(cities.fromQueryString(text)).toEqual(cities.parse({ filters: { or } }));
  });

  it('reads nothing as everything that is allowed without asking', () => {
    expect(cities.fromQueryString('')).toEqual(cities.parse({}));
  });
});

describe('serialize', () => {
  it.each<[string, object]>([
    ['nothing', {}],
    ['a field', { filters: { name: 'Oslo' }, limit: 0, offset: 7 }],
    ['two operators on a field', { filters: { population: { gte: 1, lt: 9 }, capital: true } }],
    ['the same operator twice', { filters: { and: [{ population: ['>', 1] }, { population: ['>', 2] }] } }],
    [
      'a field that comes back',
      { filters: { and: [{ population: ['>', 1] }, { name: 'a' }, { population: ['<', 2] }] } },
    ],
    [
      'groups in groups',
      { filters: { not: { or: [{ and: [{ name: 'a' }, { not: { name: 'b' } }] }, { area: ['<', '1.50'] }] } } },
    ],
    ['dates and bigints', { filters: { updatedAt: ['>=', new Date(0)], visitors: { in: [1n, null, '2'] } } }],
    ['order and relations', { orderBy: { population: 'DESC', 'country.name': 'ASC' }, populate: 'sister.country' }],
  ])('is undone by parse: %s', (_, input) => {
    const spec = cities.parse(input);
    expect(cities.parse(JSON.parse(JSON.stringify(serialize(spec))))).toEqual(spec);
  });

  it('writes what a person would', () => {
    const spec = cities.parse({ filters: { population: ['>', 5], 'country.code': 'BR' }, orderBy: 'population DESC' });
    expect(serialize(spec)).toEqual({
      filters: { population: { gt: 5 }, 'country.code': { eq: 'BR' } },
      orderBy: [{ population: 'desc' }],
      limit: 50,
      offset: 0,
    });
  });
});

const shapeOf = (input: object): string => shapeId(cities.parse(input));

describe('shapeId', () => {
  it('names fields, operators and order, and no values', () => {
    expect(shapeOf({ filters: { population: ['>', 1_000_000], 'country.code': 'BR' } })).toBe(
      'city?country.code=&population>',
    );
    expect(shapeOf({ orderBy: ['population DESC', 'name'] })).toBe('city?sort=-population,name');
    expect(shapeOf({})).toBe('city');
  });

  it('is the same for other values, list lengths, limits and orders of writing', () => {
    const one = shapeOf({ filters: { name: { in: ['a'] }, capital: true }, limit: 1 });
    expect(shapeOf({ filters: { capital: false, name: { in: ['b', 'c'] } }, limit: 2 })).toBe(one);
  });

  it('tells groups apart', () => {
    const members = [{ name: 'a' }, { capital: true }];
    const shapes = [{ and: members }, { or: members }, { not: { and: members } }, { not: { or: members } }];
    expect(shapes.map(filters => shapeOf({ filters }))).toEqual([
      'city?capital=&name=',
      'city?(capital=|name=)',
      'city?!(capital=&name=)',
      'city?!((capital=|name=))',
    ]);
  });
});
