import { defineQuerySpec, serialize } from '@mikro-kit/query-spec';
import { MikroORM, defineEntity, p } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';

import { City, Country, openWorld } from './world.ts';

const lists = {
  filter: { name: ['eq', 'contains', 'in'], population: ['gt'], 'country.code': ['eq', 'in'] },
  sort: ['name', 'population'],
  populate: ['country'],
  fields: ['name', 'population', 'secret'],
} as const;

let orm: MikroORM;
beforeAll(async () => {
  orm = await openWorld();
  await orm.em.insert(Country, { code: 'NO', name: 'Norway' });
  const rows = Array.from({ length: 30 }, (_, i) => ({ id: i + 1, name: `c${i}`, population: i, secret: 's' }));
  await orm.em.insertMany(
    City,
    rows.map(row => ({ ...row, country: 'NO' })),
  );
});
afterAll(() => orm.close());

describe('fields', () => {
  const cities = defineQuerySpec(City, lists);

  it('are loaded alone when they are chosen, hidden ones by name', async () => {
    const spec = cities.fromQueryString('fields=name,secret&limit=1');
    const [city] = await cities.find(orm.em.fork(), spec);
    expect(city).toMatchObject({ id: 1, name: 'c0', secret: 's' });
    expect(city?.population).toBeUndefined();
  });

  it('do not keep populated relations and cursors from what they need', async () => {
    const spec = cities.parse({ fields: 'name', populate: 'country', orderBy: 'population DESC', limit: 2 });
    const page = await cities.page(orm.em.fork(), spec);
    expect(page.items.map(({ name }) => name)).toEqual(['c29', 'c28']);
    expect(page.items[0]?.country).toMatchObject({ code: 'NO', name: 'Norway' });
    const next = await cities.page(orm.em.fork(), spec, { after: page.endCursor });
    expect(next.items.map(({ name }) => name)).toEqual(['c27', 'c26']);
  });

  it('of relations bring these in, and no more of them than that', async () => {
    const query = defineQuerySpec(City, { ...lists, fields: ['name', 'country.name'] });
    const [city] = await query.find(orm.em.fork(), query.parse({ fields: ['name', 'country.name'], limit: 1 }));
    expect(JSON.parse(JSON.stringify(city))).toEqual({ id: 1, name: 'c0', country: { code: 'NO', name: 'Norway' } });
  });

  it('are all that comes of an entity, whatever it is sorted by', async () => {
    const spec = cities.parse({ fields: 'name', orderBy: 'population', limit: 1 });
    const [city] = await cities.find(orm.em.fork(), spec);
    expect(JSON.parse(JSON.stringify(city))).toEqual({ id: 1, name: 'c0' });
  });

  it('must be listed', () => {
    expect(() => cities.parse({ fields: ['note'] })).toThrow(/selectable: name, population, secret/);
    expect(() => cities.parse({ fields: ['name', 'name'] })).toThrow(/named twice/);
  });
});

describe('fields of embeddables', () => {
  const Geo = defineEntity({ embeddable: true, name: 'Geo', properties: { lat: p.double(), lon: p.double() } });
  const Address = defineEntity({
    embeddable: true,
    name: 'Address',
    properties: { street: p.string(), zip: p.string(), geo: () => p.embedded(Geo) },
  });
  const Shop = defineEntity({
    name: 'Shop',
    properties: { id: p.integer().primary(), name: p.string(), address: () => p.embedded(Address) },
  });
  const shops = defineQuerySpec(Shop, {
    sort: ['address.street', 'address.geo.lat'],
    fields: ['name', 'address.street', 'address.geo.lat'],
  });
  let shopOrm: MikroORM;
  beforeAll(async () => {
    shopOrm = await MikroORM.init({ entities: [Shop, Address, Geo], dbName: ':memory:' });
    await shopOrm.schema.create();
    const em = shopOrm.em.fork();
    for (const id of [1, 2, 3]) {
      em.create(Shop, {
        id,
        name: `s${id}`,
        address: { street: `${4 - id}`, zip: 'z', geo: { lat: id, lon: 0 } },
      });
    }
    await em.flush();
  });
  afterAll(() => shopOrm.close());

  it('are loaded when they are chosen', async () => {
    const spec = shops.parse({ fields: ['address.street', 'address.geo.lat'], limit: 1 });
    const json: unknown = JSON.parse(JSON.stringify(await shops.find(shopOrm.em.fork(), spec)));
    expect(json).toEqual([{ id: 1, address: { street: '3', geo: { lat: 1 } } }]);
  });

  it.each(['address.street', 'address.geo.lat'])('carry a cursor whatever was chosen: %s', async orderBy => {
    for (const fields of ['name', 'address.street']) {
      const spec = shops.parse({ fields, orderBy, limit: 2 });
      const first = await shops.page(shopOrm.em.fork(), spec);
      const second = await shops.page(shopOrm.em.fork(), spec, { after: first.endCursor });
      const ids = [...first.items, ...second.items].map(({ id }) => id);
      expect(ids).toEqual(orderBy === 'address.street' ? [3, 2, 1] : [1, 2, 3]);
    }
  });
});

describe('aliases', () => {
  const cities = defineQuerySpec(City, {
    ...lists,
    aliases: { inhabitants: 'population', country_code: 'country.code' },
  });

  it('are further names for what is listed', () => {
    const spec = cities.fromQueryString(
      'filter[inhabitants][gt]=5&filter[country_code]=NO&sort=-inhabitants&fields=inhabitants',
    );
    const input = {
      filters: { population: ['>', 5], 'country.code': 'NO' },
      orderBy: 'population DESC',
      fields: 'population',
    };
    expect(spec).toEqual(cities.parse(input));
    expect(cities.parse(serialize(spec))).toEqual(spec);
  });

  it.each([
    [{ name: 'population' }, /"name" is taken already at .aliases.name/],
    [{ or: 'population' }, /"or" is taken already/],
    [{ x: 'altitude' }, /"altitude" of City at .aliases.x is not listed/],
  ] as const)('%j is refused', (aliases, message) => {
    expect(() => defineQuerySpec(City, { ...lists, aliases }).parse({})).toThrow(message);
  });
});

describe('defaults', () => {
  const defaults = { orderBy: 'population DESC', filters: { population: ['>', 3] }, populate: 'country' };
  const cities = defineQuerySpec(City, { ...lists, defaults });

  it('stand for what is left out or empty', () => {
    const spec = cities.parse(defaults);
    expect(cities.parse({})).toEqual(spec);
    expect(cities.parse({ filters: {}, orderBy: [], populate: [] })).toEqual(spec);
    expect(cities.parse(serialize(spec))).toEqual(spec);
  });

  it.each([
    [{ orderBy: 'nme' }, '/defaults/orderBy'],
    [{ filters: { name: ['>', 'a'] } }, '/defaults/filters/name/0'],
    [{ filters: {}, filter: {} }, '/defaults/filter'],
  ])("that cannot be are the developer's to mend: %j", (wrong, pointer) => {
    const query = defineQuerySpec(City, { ...lists, defaults: wrong });
    const refusal = expect.objectContaining({ code: 'INVALID_DEFINITION', pointer });
    expect(() => query.prepare(orm.em)).toThrow(refusal);
    expect(() => query.parse({ orderBy: 'name', filters: { name: 'a' } })).toThrow(refusal);
  });

  it('give way to what is asked', () => {
    expect(cities.parse({ orderBy: 'name' }).orderBy).toEqual([{ field: 'name', direction: 'asc' }]);
  });
});

const tight = (limits: object) => defineQuerySpec(City, { ...lists, limits });

describe('limits', () => {
  it.each([
    ['depth', { depth: 1 }, { filters: { or: [{ and: [{ name: 'a' }, { name: 'b' }] }, { name: 'c' }] } }],
    ['nodes', { nodes: 2 }, { filters: { or: [{ name: 'a' }, { name: 'b' }] } }],
    ['listLength', { listLength: 1 }, { filters: { name: ['in', ['a', 'b']] } }],
    ['stringBytes', { stringBytes: 3 }, { filters: { name: 'éé' } }],
    ['sorts', { sorts: 1 }, { orderBy: ['name', 'population'] }],
    ['cost', { cost: 10 }, { filters: { name: ['contains', 'a'] }, populate: ['country'], offset: 201 }],
  ])('%s can be lowered', (_, limits, input) => {
    expect(() => defineQuerySpec(City, lists).parse(input)).not.toThrow();
    expect(() => tight(limits).parse(input)).toThrow(expect.objectContaining({ code: 'TOO_COMPLEX' }));
  });

  it('queryString can be lowered', () => {
    expect(() => tight({ queryString: 5 }).fromQueryString('sort=name')).toThrow(/more than 5 characters/);
  });

  it.each([[{ depth: 6 }], [{ cost: 0 }], [{ nodse: 1 }]])('%j is refused', limits => {
    expect(() => tight(limits)).toThrow(expect.objectContaining({ code: 'INVALID_DEFINITION' }));
  });
});

describe('nulls', () => {
  it("'sql' leaves the rows that are null out of a negation", async () => {
    await orm.em.insert(City, { id: 99, name: 'void', population: null });
    const options = { filter: { population: ['ne', 'in', 'nin', 'lt', 'isNull'] } } as const;
    const [logic, sql] = [defineQuerySpec(City, options), defineQuerySpec(City, { ...options, nulls: 'sql' })];
    const count = (query: typeof sql, filters: object) => query.count(orm.em.fork(), query.parse({ filters }));
    expect(await count(logic, { population: ['ne', 3] })).toBe(30);
    expect(await count(sql, { population: ['ne', 3] })).toBe(29);
    expect(await count(sql, { not: { population: ['<', 3] } })).toBe(27);
    expect(await count(sql, { population: ['ne', null] })).toBe(30);
    expect(await count(sql, { population: ['in', [null, 3]] })).toBe(2);
    expect(await count(sql, { population: ['isNull', true] })).toBe(1);
    await orm.em.nativeDelete(City, { id: 99 });
  });
});

describe('list and findOne', () => {
  const cities = defineQuerySpec(City, lists);
  const spec = cities.parse({ filters: { population: ['>', 9] }, orderBy: 'population', limit: 3, offset: 2 });

  it('say how many there are in all', async () => {
    const list = await cities.list(orm.em.fork(), spec);
    expect(list).toMatchObject({ limit: 3, offset: 2, total: 20, totalKind: 'exact' });
    expect(list.items.map(({ population }) => population)).toEqual([12, 13, 14]);
    expect(await cities.list(orm.em.fork(), spec, { total: 'none' })).not.toHaveProperty('total');
    expect(await cities.list(orm.em.fork(), spec, { total: 'estimated' })).toMatchObject({ total: 20 });
    const page = await cities.page(orm.em.fork(), cities.parse({ limit: 2 }), { total: 'exact' });
    expect(page).toMatchObject({ total: 30, totalKind: 'exact' });
  });

  it('take the first row, and obey the filters of the EntityManager', async () => {
    const em = orm.em.fork();
    em.addFilter({ name: 'tenant', cond: { population: { $gt: 20 } }, entity: City });
    expect(await cities.findOne(em, spec)).toMatchObject({ population: 23 });
    expect(await cities.list(em, spec)).toMatchObject({ total: 9 });
    expect(await cities.findOne(em, cities.parse({ filters: { name: 'nowhere' } }))).toBeNull();
  });

  it('refuse another kind of total', async () => {
    // @ts-expect-error no such kind
    const list = cities.list(orm.em.fork(), spec, { total: 'roughly' });
    await expect(list).rejects.toMatchObject({ code: 'INVALID_VALUE', pointer: '/total' });
  });
});

describe('a stream', () => {
  it('says how far it has come', async () => {
    const cities = defineQuerySpec(City, lists);
    const progress: unknown[] = [];
    const options = { batchSize: 20, total: 'exact', onProgress: (at: unknown) => void progress.push(at) } as const;
    for await (const batch of cities.stream(orm.em.fork(), cities.parse({}), options)) expect(batch).not.toEqual([]);
    expect(progress).toEqual([
      { rows: 20, batches: 1, total: 30, totalKind: 'exact' },
      { rows: 30, batches: 2, total: 30, totalKind: 'exact' },
    ]);
  });
});

describe('a named entry of the result cache', () => {
  const cities = defineQuerySpec(City, lists);

  it('holds the rows of a list, and not their number', async () => {
    const em = orm.em.fork();
    const read = () => cities.list(em, cities.parse({ limit: 2 }), { cache: ['few cities', 60_000] });
    const [first, second] = [await read(), await read()];
    expect([first.total, second.total]).toEqual([30, 30]);
    expect(second.items.map(({ id }) => id)).toEqual([1, 2]);
  });

  it('does not keep a stream at its first batch', async () => {
    const stream = cities.stream(orm.em.fork(), cities.parse({}), { batchSize: 20, cache: ['all cities', 60_000] });
    expect((await Array.fromAsync(stream)).map(batch => batch.length)).toEqual([20, 10]);
  });
});

describe('the Standard Schema face', () => {
  const cities = defineQuerySpec(City, lists);
  const { validate, version, vendor } = cities['~standard'];

  it('takes what the doors take, and the flat object of a framework', () => {
    expect({ version, vendor }).toEqual({ version: 1, vendor: 'mikro-kit' });
    const value = cities.parse({ filters: { name: { in: ['a', 'b'] } }, orderBy: 'name DESC' });
    expect(validate({ filters: { name: { in: ['a', 'b'] } }, orderBy: 'name DESC' })).toEqual({ value });
    expect(validate('filter[name][in][]=a&filter[name][in][]=b&sort=-name')).toEqual({ value });
    expect(validate({ 'filter[name][in][]': ['a', 'b'], sort: '-name' })).toEqual({ value });
    expect(validate({ fields: 'name,population' })).toEqual({
      value: cities.parse({ fields: ['name', 'population'] }),
    });
  });

  it('gives specs that run', async () => {
    const result = validate({ limit: 2 });
    if (result.issues) throw new Error('refused');
    expectTypeOf(result.value).toEqualTypeOf<ReturnType<typeof cities.parse>>();
    expect(await cities.find(orm.em.fork(), result.value)).toHaveLength(2);
  });

  it('reports an issue with its path', () => {
    const { issues } = validate({ filters: { or: [{ 'a/b': 1 }] } });
    expect(issues).toEqual([
      { message: expect.stringContaining('Unknown field'), path: ['filters', 'or', '0', 'a/b'] },
    ]);
  });
});

const Address = defineEntity({
  name: 'Address',
  embeddable: true,
  properties: { zip: p.string(), line: p.string().nullable() },
});
const Shop = defineEntity({
  name: 'Shop',
  properties: {
    country: () => p.manyToOne(Country).primary(),
    number: p.integer().primary(),
    kind: p.enum(['small', 'large']),
    address: () => p.embedded(Address).nullable(),
    tags: p.array(),
  },
});
const options = {
  filter: { 'address.zip': ['eq', 'ne', 'contains'], kind: ['eq'] },
  sort: ['address.zip', 'number'],
} as const;

const definitions = (): void => {
  // @ts-expect-error an enum has no order
  defineQuerySpec(Shop, { filter: { kind: ['gt'] } });
  // @ts-expect-error an array
  defineQuerySpec(Shop, { filter: { tags: ['eq'] } });
  // @ts-expect-error no such field of the embeddable
  defineQuerySpec(Shop, { filter: { 'address.zap': ['eq'] } });
};

describe('entities of other shapes', () => {
  it('embeddables are filtered and paged by, and keys may hold relations', async () => {
    const shops = defineQuerySpec(Shop, options);
    const early = shops.parse({ filters: { 'address.zip': ['ne', 'z2'] }, orderBy: 'address.zip', limit: 2 });
    const world = await MikroORM.init({ entities: [Shop, Country, City], dbName: ':memory:' });
    await world.schema.create();
    const em = world.em.fork();
    await em.insertMany(Country, [
      { code: 'BR', name: 'b' },
      { code: 'NO', name: 'n' },
    ]);
    for (const [country, number, zip] of [
      ['NO', 1, 'z1'],
      ['BR', 1, 'z1'],
      ['BR', 2, 'z2'],
      ['BR', 3, null],
    ] as const) {
      const address = zip === null ? null : { zip, line: null };
      em.create(Shop, {
        country: em.getReference(Country, country),
        number,
        kind: 'small',
        address,
        tags: [],
      });
    }
    await em.flush();
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page = await shops.page(world.em.fork(), early, { after });
      seen.push(...page.items.map(shop => `${shop.country.code}${shop.number}`));
      after = page.hasNextPage ? page.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(['BR3', 'BR1', 'NO1']);
    const contains = shops.parse({ filters: { 'address.zip': ['contains', '2'] } });
    expect(await shops.count(world.em.fork(), contains)).toBe(1);
    await world.close();
  });

  it('what is not a column does not compile', () => {
    expect(definitions).not.toThrow();
  });
});

describe('definitions that are none', () => {
  it.each([[null], [undefined], ['x']])('%s', none => {
    const define = () => Reflect.apply(defineQuerySpec, undefined, [City, none]);
    expect(define).toThrow(expect.objectContaining({ code: 'INVALID_DEFINITION' }));
  });
});
