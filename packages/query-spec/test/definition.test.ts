import { type QuerySpecOptions, defineQuerySpec } from '@mikro-kit/query-spec';
import { EntitySchema, MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { describe, expect, it } from 'vitest';

import { City, Country, openWorld } from './world.ts';

const loose = (options: object): (() => unknown) => {
  const query = defineQuerySpec(City, Object.assign({}, options));
  return () => query.parse({});
};

describe('a definition that cannot be kept is refused on first use', () => {
  it.each([
    [
      'an unknown field',
      { filter: { pasword: ['eq'] } },
      '/filter/pasword',
      /Unknown field "pasword" of City .*it has id, name/,
    ],
    [
      'an unknown field of a relation',
      { filter: { 'country.cod': ['eq'] } },
      '/filter/country.cod',
      /"cod" of Country/,
    ],
    ['a relation itself', { filter: { country: ['eq'] } }, '/filter/country', /is a relation; name a field of it/],
    [
      'a field behind a to-many relation that is not listed',
      { filter: { 'sisters.name': ['eq'] } },
      '/filter/sisters',
      /list "sisters" itself, with some, none or every too/,
    ],
    [
      'a quantifier with nothing to ask inside',
      { filter: { sisters: ['some'] } },
      '/filter/sisters',
      /list fields of it/,
    ],
    [
      'an operator of a to-many relation',
      { filter: { sisters: ['eq'] } },
      '/filter/sisters/0',
      /takes some, none, every/,
    ],
    ['a sort by a to-many relation', { sort: ['sisters.name'] }, '/sort/0', /is not a to-one relation/],
    [
      'an alias that leaves its to-many relation',
      { filter: { sisters: ['some'], 'sisters.name': ['eq'] }, aliases: { sister_name: 'sisters.name' } },
      '/aliases/sister_name',
      /begin its alias with "sisters."/,
    ],
    ['JSON', { filter: { extra: ['eq'] } }, '/filter/extra', /needs a declared type/],
    ['an array', { filter: { tags: ['eq'] } }, '/filter/tags', /needs a declared type/],
    ['an unknown operator', { filter: { name: ['regex'] } }, '/filter/name/0', /Operator "regex" does not suit name/],
    ['startsWith of a number', { filter: { id: ['startsWith'] } }, '/filter/id/0', /does not suit id/],
    ['an order of booleans', { filter: { capital: ['gt'] } }, '/filter/capital/0', /does not suit capital/],
    ['a group as a field', { filter: { or: ['eq'] } }, '/filter/or', /is a group/],
    ['an unknown sort', { sort: ['name', 'nme'] }, '/sort/1', /Unknown field "nme"/],
    ['an unknown relation to populate', { populate: ['nation'] }, '/populate/0', /Unknown field "nation"/],
    ['a field to populate', { populate: ['name'] }, '/populate/0', /is not a relation/],
    ['a prototype key', { sort: ['constructor'] }, '/sort/0', /Unknown field "constructor"/],
  ])('%s', (_, options, pointer, message) => {
    expect(loose(options)).toThrow(expect.objectContaining({ code: 'INVALID_DEFINITION', pointer }));
    expect(loose(options)).toThrow(message);
  });

  it.each([
    ['maxLimit', { maxLimit: 0 }],
    ['maxLimit', { maxLimit: Number.NaN }],
    ['defaultLimit', { maxLimit: 10, defaultLimit: 11 }],
    ['maxOffset', { maxOffset: -1 }],
    ['secret', { secret: '' }],
  ])('%s of %j, at once', (name, options) => {
    expect(() => defineQuerySpec(City, options)).toThrow(
      expect.objectContaining({ code: 'INVALID_DEFINITION', pointer: `/${name}` }),
    );
  });
});

describe('metadata', () => {
  class Town {
    id!: number;
    name!: string;
    country?: InstanceType<typeof Country.class>;
  }
  const Towns = new EntitySchema<Town>({
    class: Town,
    properties: {
      id: { type: 'number', primary: true },
      name: { type: String },
      country: { kind: 'm:1', entity: () => Country, nullable: true },
    },
  });
  const options: QuerySpecOptions<Town> = { filter: { name: ['eq'], 'country.code': ['eq'] }, sort: ['name'] };
  const input = { filters: { name: 'a', 'country.code': 'BR' } };

  it('of a schema is known before an ORM is, by the schema or its class', () => {
    expect(defineQuerySpec(Towns, options).parse(input)).toEqual(defineQuerySpec(Town, options).parse(input));
  });

  it('is the same before discovery and after', async () => {
    const before = defineQuerySpec(City, { filter: { size: ['eq'], visitors: ['eq'], tag: ['eq'] } });
    const after = defineQuerySpec(City, { filter: { size: ['eq'], visitors: ['eq'], tag: ['eq'] } });
    const wire = { filters: { size: 'small', visitors: '1', tag: '00000000-0000-4000-8000-000000000000' } };
    const orm = await openWorld();
    after.prepare(orm.em);
    await orm.close();
    expect(before.parse(wire)).toEqual(after.parse(wire));
    expect(() => after.parse({ filters: { size: 'huge' } })).toThrow(/one of small, large/);
  });

  it('of base entities counts', () => {
    const Base = defineEntity({
      name: 'Base',
      abstract: true,
      properties: { id: p.integer().primary(), label: p.string() },
    });
    const Derived = defineEntity({ name: 'Derived', extends: Base, properties: { rank: p.integer() } });
    const query = defineQuerySpec(Derived, { filter: { label: ['eq'] }, sort: ['rank'] });
    expect(query.parse({ filters: { label: 'a' }, orderBy: 'rank' }).entity).toBe('Derived');
  });

  it('of a class without a schema is asked of an ORM, with a remedy until then', async () => {
    class Bare {
      id!: number;
    }
    const query = defineQuerySpec(Bare, { filter: { id: ['eq'] } });
    expect(() => query.parse({})).toThrow(/Bare .*call prepare\(orm.em\) once after MikroORM.init/);
    const orm = await openWorld();
    expect(() => query.prepare(orm.em)).toThrow(/Bare is not among the entities of this ORM/);
    await orm.close();
  });

  it('is checked at start by prepare', async () => {
    const orm = await openWorld();
    // @ts-expect-error no such field
    const wrong = defineQuerySpec(City, { sort: ['nme'] });
    expect(() => wrong.prepare(orm.em)).toThrow(/Unknown field "nme"/);
    await orm.close();
  });

  it('of two ORMs does not mix', async () => {
    const query = defineQuerySpec(City, { filter: { name: ['eq'] } });
    const [one, other] = [await openWorld(), await openWorld()];
    await one.em.insert(City, { id: 1, name: 'a' });
    const spec = query.parse({ filters: { name: 'a' } });
    expect([await query.count(one.em.fork(), spec), await query.count(other.em.fork(), spec)]).toEqual([1, 0]);
    await Promise.all([one.close(), other.close()]);
  });
});

describe('a database', () => {
  it('that is not SQLite is refused', async () => {
    const orm = await MikroORM.init({ entities: [City, Country], dbName: ':memory:' });
    const em = Object.create(orm.em, { getPlatform: { value: () => new Map() } });
    const query = defineQuerySpec(City, {});
    await expect(query.find(em, query.parse({}))).rejects.toMatchObject({ code: 'UNSUPPORTED_DATABASE' });
    await orm.close();
  });
});
