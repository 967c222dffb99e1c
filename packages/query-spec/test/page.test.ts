import { hash } from 'node:crypto';

import { type Page, type QuerySpec, defineQuerySpec } from '@mikro-kit/query-spec';
import type { InferEntity, MikroORM } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { City, openWorld } from './world.ts';

type CityEntity = InferEntity<typeof City>;

const options = {
  filter: { population: ['gt', 'isNull'], name: ['eq'] },
  sort: [
    'name',
    'note',
    'population',
    'altitude',
    'area',
    'visitors',
    'founded',
    'updatedAt',
    'capital',
    'country.name',
  ],
  maxLimit: 100,
} as const;
const cities = defineQuerySpec(City, options);
const signed = defineQuerySpec(City, { ...options, secret: 'correct horse battery staple' });

let orm: MikroORM;
let statements = 0;
beforeAll(async () => {
  orm = await openWorld({ debug: ['query'], logger: () => void statements++ });
  const rows = Array.from({ length: 47 }, (_, i) => ({
    id: i + 1,
    name: `c${i % 9}`,
    note: i % 4 ? `n${i % 3}` : null,
    population: i % 5 ? i % 7 : null,
    altitude: i % 6 ? Math.sin(i % 11) * 1e3 : null,
    area: i % 3 ? String((i % 8) / 4) : null,
    founded: i % 2 ? `20${10 + (i % 6)}-01-01` : null,
    updatedAt: i % 4 ? new Date(1e12 + (i % 5)) : null,
    capital: i % 2 === 0,
  }));
  await orm.em.insertMany(City, rows);
});
afterAll(() => orm.close());

const ORDERS = [
  {},
  ...['name', 'note', 'population', 'altitude', 'area', 'founded', 'updatedAt', 'capital'].flatMap(field => [
    { orderBy: { [field]: 'asc' } },
    { orderBy: { [field]: 'desc' } },
  ]),
  { orderBy: ['population DESC', 'note', 'name DESC'] },
  { orderBy: ['note', 'altitude DESC'], filters: { not: { population: ['>', 4] } } },
];

const everything = async (spec: QuerySpec<CityEntity>): Promise<number[]> => {
  const count = await cities.count(orm.em.fork(), spec);
  const page = await cities.page(orm.em.fork(), spec, { first: 100 });
  expect(page.items.length).toBe(count);
  return page.items.map(city => city.id);
};

describe('pages', () => {
  it.each(ORDERS)('put together are the whole ordered set, forward and backward: %j', async input => {
    const spec = cities.parse({ ...input, limit: 4 });
    const expected = await everything(spec);
    expect((await cities.find(orm.em.fork(), cities.parse({ ...input, limit: 100 }))).map(city => city.id)).toEqual(
      expected,
    );

    let page: Page<CityEntity> = await cities.page(orm.em.fork(), spec);
    const forward = page.items.map(city => city.id);
    while (page.hasNextPage) {
      page = await cities.page(orm.em.fork(), spec, { after: page.endCursor });
      forward.push(...page.items.map(city => city.id));
    }
    expect(forward).toEqual(expected);

    const backward = page.items.map(city => city.id);
    while (page.hasPrevPage) {
      page = await cities.page(orm.em.fork(), spec, { before: page.startCursor });
      backward.unshift(...page.items.map(city => city.id));
    }
    expect(backward).toEqual(expected);
  });

  it('skip and repeat nothing when rows come and go between them', async () => {
    const spec = cities.parse({ orderBy: 'name', limit: 5 });
    const expected = await everything(spec);
    const em = orm.em.fork();
    await em.begin();
    const page = await cities.page(em, spec);
    await em.nativeDelete(City, { id: { $in: page.items.map(city => city.id) } });
    const next = await cities.page(em, spec, { after: page.endCursor });
    await em.rollback();
    expect(next.items.map(city => city.id)).toEqual(expected.slice(5, 10));
  });

  it('know when nothing is there', async () => {
    const spec = cities.parse({ filters: { name: 'nowhere' } });
    expect(await cities.page(orm.em.fork(), spec)).toEqual({
      items: [],
      hasPrevPage: false,
      hasNextPage: false,
      startCursor: null,
      endCursor: null,
      totalKind: 'none',
    });
  });

  it('let an index on the first column find the place', async () => {
    const spec = cities.parse({ orderBy: 'name', limit: 5 });
    const { endCursor } = await cities.page(orm.em.fork(), spec);
    const seen: string[] = [];
    const loud = await openWorld({ debug: ['query'], logger: line => void seen.push(line), colors: false });
    await cities.page(loud.em.fork(), spec, { after: endCursor });
    await loud.close();
    expect(seen.at(-1)).toMatch(/where `c0`.`name` >= \? and /);
  });
});

describe("the EntityManager's filters", () => {
  it('hold in pages and batches', async () => {
    const em = orm.em.fork();
    em.addFilter({ name: 'tenant', cond: { id: { $lte: 12 } }, entity: City });
    const spec = cities.parse({ orderBy: 'name', limit: 10 });
    const first = await cities.page(em, spec);
    const second = await cities.page(em, spec, { after: first.endCursor });
    const streamed: number[] = [];
    for await (const batch of cities.stream(em, spec, { batchSize: 5 })) streamed.push(...batch.map(city => city.id));
    expect(second.items.length).toBe(2);
    expect(streamed).toEqual([...first.items, ...second.items].map(city => city.id));
    expect(Math.max(...streamed)).toBe(12);
  });
});

describe('stream', () => {
  it.each(ORDERS)('walks the whole ordered set in batches: %j', async input => {
    const spec = cities.parse({ ...input, limit: 1 });
    const batches: number[][] = [];
    for await (const batch of cities.stream(orm.em.fork(), spec, { batchSize: 10 })) {
      batches.push(batch.map(city => city.id));
    }
    expect(batches.flat()).toEqual(await everything(spec));
    expect(batches.slice(0, -1).every(batch => batch.length === 10)).toBe(true);
  });

  it('keeps no entity in the identity map, unless told to', async () => {
    const em = orm.em.fork();
    for await (const batch of cities.stream(em, cities.parse({}))) expect(batch.length).toBe(47);
    expect(em.getUnitOfWork().getIdentityMap().values()).toEqual([]);
    for await (const batch of cities.stream(em, cities.parse({}), { disableIdentityMap: false })) {
      expect(em.getUnitOfWork().getIdentityMap().values().length).toBe(batch.length);
    }
  });

  it('sends no query for a batch that nobody asks for', async () => {
    statements = 0;
    for await (const batch of cities.stream(orm.em.fork(), cities.parse({}), { batchSize: 10 })) {
      expect(batch.length).toBe(10);
      break;
    }
    expect(statements).toBe(1);
  });
});

const counting = async (run: () => Promise<object>): Promise<object> => {
  statements = 0;
  return { ...(await run()), statements };
};

describe('a total', () => {
  const few = cities.parse({ filters: { name: 'c0' }, limit: 10 });
  const total = { total: 6, totalKind: 'exact' };

  it('is known from the rows where they are all there are, and else counted', async () => {
    const spec = cities.parse({ filters: { name: 'c0' }, limit: 4, offset: 3 });
    const beyond = cities.parse({ filters: { name: 'c0' }, limit: 4, offset: 6 });
    const none = cities.parse({ filters: { name: 'c0' }, limit: 0 });
    const full = cities.parse({ filters: { name: 'c0' }, limit: 6 });
    const em = orm.em.fork();
    expect(await counting(() => cities.list(em, few))).toMatchObject({ ...total, statements: 1 });
    expect(await counting(() => cities.list(em, spec))).toMatchObject({ ...total, statements: 1 });
    expect(await counting(() => cities.list(em, beyond))).toMatchObject({ ...total, statements: 2 });
    expect(await counting(() => cities.list(em, full))).toMatchObject({ ...total, statements: 2 });
    expect(await counting(() => cities.list(em, none))).toMatchObject({ ...total, statements: 1 });
  });

  it('of a page counts the rows of all pages', async () => {
    const page = (which: object): Promise<object> =>
      counting(() => cities.page(orm.em.fork(), few, { ...which, total: 'exact' }));
    expect(await page({})).toMatchObject({ ...total, statements: 1 });
    expect(await page({ first: 6 })).toMatchObject({ ...total, statements: 1 });
    const { endCursor } = await cities.page(orm.em.fork(), few, { first: 4 });
    expect(await page({ first: 4 })).toMatchObject({ ...total, statements: 2 });
    expect(await page({ after: endCursor })).toMatchObject({ ...total, statements: 2 });
    expect(await page({ before: endCursor })).toMatchObject({ ...total, statements: 2 });
  });
});

const refused = (code: string): object => ({
  error: { name: 'QuerySpecError', code, pointer: '/after' },
  statements: 0,
});

const forge = (content: unknown): string => {
  const payload = Buffer.from(JSON.stringify(content)).toString('base64url');
  return `${payload}.${hash('sha256', payload, 'base64url').slice(0, 22)}`;
};

describe('a cursor', () => {
  const spec = signed.parse({ orderBy: 'name', limit: 5 });
  const cursor = async (): Promise<string> => (await signed.page(orm.em.fork(), spec)).endCursor ?? '';
  const refusalOf = async (after: unknown): Promise<object> => {
    statements = 0;
    const page: Promise<unknown> = Reflect.apply(signed.page, undefined, [orm.em.fork(), spec, { after }]);
    const error: unknown = await page.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return { error, statements };
  };
  it('is refused when any of its characters was changed', async () => {
    const good = await cursor();
    for (let i = 0; i < good.length; i++) {
      const changed = good[i] === 'A' ? 'B' : 'A';
      expect(await refusalOf(good.slice(0, i) + changed + good.slice(i + 1))).toMatchObject(refused('INVALID_CURSOR'));
    }
  });

  it.each([
    ['empty', ''],
    ['no base64', '%%%.%%%'],
    ['of 1 MB', 'A'.repeat(1_000_000)],
    ['a number', 1],
    ['an object', { endCursor: 'x' }],
    ['in two parts too many', 'a.b.c.d'],
    ['the host’s own', Buffer.from('["c0",1]').toString('base64url')],
  ])('is refused when it is %s', async (_, after) => {
    expect(await refusalOf(after)).toMatchObject(refused('INVALID_CURSOR'));
  });

  it('is refused when it is not signed, or with another secret', async () => {
    const unsigned = await cities.page(orm.em.fork(), cities.parse({ orderBy: 'name', limit: 5 }));
    expect(await refusalOf(unsigned.endCursor)).toMatchObject(refused('INVALID_CURSOR'));
    const other = defineQuerySpec(City, { ...options, secret: 'another' });
    const page = await other.page(orm.em.fork(), other.parse({ orderBy: 'name', limit: 5 }));
    expect(await refusalOf(page.endCursor)).toMatchObject(refused('INVALID_CURSOR'));
  });

  it.each([
    { orderBy: 'name DESC' },
    { orderBy: ['name', 'population'] },
    {},
    { orderBy: 'name', filters: { name: 'c1' } },
  ])('of another query is refused: %j', async input => {
    const page = await signed.page(orm.em.fork(), signed.parse({ ...input, limit: 5 }));
    expect(await refusalOf(page.endCursor)).toMatchObject(refused('FOREIGN_CURSOR'));
  });

  it('holds for another page size and another order of writing', async () => {
    const one = signed.parse({ filters: { population: { gt: 0 }, name: 'c1' }, limit: 2 });
    const other = signed.parse({ filters: { name: 'c1', population: { gt: 0 } }, limit: 3 });
    const { endCursor } = await signed.page(orm.em.fork(), one);
    await expect(signed.page(orm.em.fork(), other, { after: endCursor })).resolves.toBeDefined();
  });

  it('that is forged without a secret can hold nothing but a position', async () => {
    const { endCursor } = await cities.page(orm.em.fork(), cities.parse({ orderBy: 'name', limit: 5 }));
    const [binding]: unknown[] = JSON.parse(Buffer.from(endCursor?.split('.')[0] ?? '', 'base64url').toString());
    const hostile = [
      {},
      null,
      [],
      [binding],
      [binding, 'a'],
      [binding, { $ne: null }, 1],
      [binding, 'a', '1 or 1=1'],
      [binding, 'a', 1, 1],
    ];
    for (const content of hostile) {
      const page = cities.page(orm.em.fork(), cities.parse({ orderBy: 'name' }), { after: forge(content) });
      await expect(page).rejects.toMatchObject({ name: 'QuerySpecError' });
    }
  });
});

describe('what cannot be paged is refused', () => {
  it.each([['an offset', { offset: 1 }, '/offset']])('%s', async (_, input, pointer) => {
    const refusal = { code: 'UNSUPPORTED_KEYSET', pointer };
    await expect(cities.page(orm.em, cities.parse(input))).rejects.toMatchObject(refusal);
    await expect(cities.stream(orm.em, cities.parse(input)).next()).rejects.toMatchObject(refusal);
  });

  it.each([0, -1, 1.5, 101, Number.NaN])('a page of %s rows', async first => {
    const page = cities.page(orm.em, cities.parse({}), { first });
    await expect(page).rejects.toMatchObject({ code: 'INVALID_VALUE', pointer: '/first' });
  });

  it('a page both after and before', async () => {
    const page = cities.page(orm.em, cities.parse({}), { after: 'a', before: 'b' });
    await expect(page).rejects.toMatchObject({ code: 'INVALID_SHAPE', pointer: '/before' });
  });
});
