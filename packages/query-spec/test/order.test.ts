import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { describe, expect, it } from 'vitest';

import { resolveField } from '../src/definition/field.ts';
import { sqlite } from '../src/dialects/sqlite.ts';
import { type OrderColumn, toOrderBy } from '../src/translate/order.ts';

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
