import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { describe, expect, it } from 'vitest';

import { resolveField } from '../src/definition/field.ts';
import { queryLimits } from '../src/definition/query-limits.ts';
import { resolveModel } from '../src/definition/query-model.ts';
import { sqlite } from '../src/dialects/sqlite.ts';
import { type OrderColumn, toOrderBy, totalOrder } from '../src/translate/order.ts';

const Country = defineEntity({ name: 'Country', properties: { id: p.integer().primary(), code: p.string() } });
const City = defineEntity({
  name: 'City',
  properties: { id: p.integer().primary(), name: p.string(), 7: p.string(), country: () => p.manyToOne(Country) },
});

const orm = await MikroORM.init({ entities: [City, Country], dbName: ':memory:' });
const meta = orm.getMetadata().get(City);
await orm.close();

const ascending = (...paths: string[]): OrderColumn[] =>
  paths.map(path => ({ field: resolveField(meta, path, ''), direction: 'asc' }));

const Stop = defineEntity({
  name: 'Stop',
  properties: { line: p.integer().primary(), place: p.integer().primary(), name: p.string(), since: p.integer() },
});

describe('an order', () => {
  const lists = {
    filter: {},
    sort: ['line', 'place', 'name', 'since'],
    populate: [],
    fields: [],
    aliases: {},
    types: {},
  };
  const model = resolveModel(Stop.meta, { ...lists, native: new Set() }, queryLimits({}, {}));
  const written = (...keys: [field: string, direction: 'asc' | 'desc'][]): string =>
    totalOrder(
      model,
      keys.map(([field, direction]) => ({ field, direction })),
    )
      .map(({ field, direction }) => `${field.path} ${direction}`)
      .join(', ');

  it('ends with the primary key, in the direction of its last field', () => {
    expect(written()).toBe('line asc, place asc');
    expect(written(['name', 'desc'], ['since', 'asc'])).toBe('name desc, since asc, line asc, place asc');
    expect(written(['name', 'asc'], ['since', 'desc'])).toBe('name asc, since desc, line desc, place desc');
    expect(written(['place', 'asc'], ['since', 'desc'])).toBe('place asc, since desc, line desc');
  });

  it('has nothing behind a whole primary key', () => {
    expect(written(['place', 'desc'], ['line', 'asc'], ['name', 'asc'])).toBe('place desc, line asc');
  });
});

describe('an order in the words of the host', () => {
  it('is one object, in the order of its keys', () => {
    const orderBy = toOrderBy(sqlite, ascending('name', 'country.code', 'id'));
    expect(JSON.stringify(orderBy)).toBe('{"name":"asc","country":{"code":"asc"},"id":"asc"}');
  });

  it.each([
    [
      'two are of one relation',
      ['country.code', 'name', 'country.id'],
      [{ country: { code: 'asc' } }, { name: 'asc' }, { country: { id: 'asc' } }],
    ],
    ['an object would put one first', ['name', '7'], [{ name: 'asc' }, { 7: 'asc' }]],
  ])('is a list where %s', (_, paths, list) => {
    expect(toOrderBy(sqlite, ascending(...paths))).toEqual(list);
  });
});
