import { hash } from 'node:crypto';

import { type EntityQuery, type Page, defineQuerySpec } from '@mikro-kit/query-spec';
import type { InferEntity, MikroORM } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { City, Country, openWorld } from './world.ts';

type CityEntity = InferEntity<typeof City>;

const cities: EntityQuery<CityEntity> = defineQuerySpec(City, {
  filter: { population: ['gt'], 'country.name': ['eq'] },
  sort: [
    'name',
    'visitors',
    'country.name',
    'country.code',
    'country.population',
    'sister.country.name',
    'sister.name',
  ],
  fields: ['name'],
  populate: ['country', 'sisters'],
  maxLimit: 100,
});

const BIG = 2n ** 53n;

let orm: MikroORM;
let statements: string[] = [];
let onLoad: (() => Promise<void>) | undefined;
beforeAll(async () => {
  orm = await openWorld({ debug: ['query'], colors: false, logger: line => void statements.push(line) });
  // Runs when the rows of a page have been read, and before anything else is.
  orm.em.getEventManager().registerSubscriber({
    async onLoad() {
      const change = onLoad;
      onLoad = undefined;
      await change?.();
    },
  });
});
afterAll(() => orm.close());
beforeEach(async () => {
  onLoad = undefined;
  const em = orm.em.fork();
  await em.nativeUpdate(City, {}, { sister: null });
  await em.nativeDelete(City, {});
  await em.nativeDelete(Country, {});
  const names = ['Norway', 'Brazil', null, 'Norway'];
  await em.insertMany(
    Country,
    ['NO', 'BR', 'XX', 'N2'].map((code, i) => ({ code, name: names[i] ?? '', population: BIG + BigInt(i) })),
  );
  await em.insertMany(
    City,
    Array.from({ length: 23 }, (_, i) => ({
      id: i + 1,
      name: `c${i % 5}`,
      population: i,
      visitors: i % 4 ? BIG + BigInt(i % 7) : null,
      country: i % 3 ? ['NO', 'BR', 'XX', 'N2'][i % 4] : null,
    })),
  );
  for (let id = 2; id <= 23; id += 2) await em.nativeUpdate(City, { id }, { sister: id - 1 });
  statements = [];
});

const ORDERS = [
  'country.name',
  'country.name DESC',
  'country.code',
  'country.code DESC',
  'country.population DESC',
  'sister.country.name',
  ['sister.name DESC', 'country.name'],
  'visitors',
  'visitors DESC',
  ['country.code DESC', 'visitors'],
];

const endOf = async (of: MikroORM, orderBy: string): Promise<string | null> =>
  (await cities.page(of.em.fork(), cities.parse({ orderBy }), { first: 100 })).endCursor;

describe('pages by what entities do not hold', () => {
  it.each(ORDERS)('put together are the whole ordered set, forward, backward and streamed: %j', async orderBy => {
    const spec = cities.parse({ orderBy, limit: 4 });
    const all = (await cities.find(orm.em.fork(), cities.parse({ orderBy, limit: 100 }))).map(({ id }) => id);
    let page = await cities.page(orm.em.fork(), spec, { total: 'exact' });
    const forward = page.items.map(({ id }) => id);
    while (page.hasNextPage) {
      page = await cities.page(orm.em.fork(), spec, { after: page.endCursor });
      forward.push(...page.items.map(({ id }) => id));
    }
    const backward = page.items.map(({ id }) => id);
    while (page.hasPrevPage) {
      page = await cities.page(orm.em.fork(), spec, { before: page.startCursor });
      backward.unshift(...page.items.map(({ id }) => id));
    }
    const batches = await Array.fromAsync(cities.stream(orm.em.fork(), spec, { batchSize: 5 }));
    expect(all).toHaveLength(23);
    expect([forward, backward, batches.flat().map(({ id }) => id)]).toEqual([all, all, all]);
  });

  it.each([
    ['country.name', 2],
    ['country.code', 1],
    ['name', 1],
    ['visitors', 2],
  ])('by %s take so many statements: %i', async (orderBy, count) => {
    await cities.page(orm.em.fork(), cities.parse({ orderBy, limit: 10 }));
    expect(statements).toHaveLength(count);
  });

  it('by bigints that a number holds take one statement', async () => {
    await orm.em.nativeUpdate(City, {}, { visitors: BIG - 1n });
    statements = [];
    await cities.page(orm.em.fork(), cities.parse({ orderBy: 'visitors', limit: 10 }));
    expect(statements).toHaveLength(1);
  });

  it('show nothing of the relation to who did not ask for it', async () => {
    const spec = cities.parse({ orderBy: 'country.name', fields: 'name', limit: 3 });
    const { items } = await cities.page(orm.em.fork(), spec);
    const [found] = await cities.find(orm.em.fork(), spec);
    expect(Object.keys(JSON.parse(JSON.stringify(items[0])))).toEqual(['id', 'name']);
    expect(JSON.stringify(items[0])).toBe(JSON.stringify(found));
  });

  it('populate as they are asked to', async () => {
    const spec = cities.parse({ orderBy: 'country.name DESC', populate: ['country', 'sisters'], limit: 3 });
    const em = orm.em.fork();
    const { items, endCursor } = await cities.page(em, spec);
    const next = await cities.page(em, spec, { after: endCursor });
    expect([...items, ...next.items].map(({ country }) => country?.name)).toEqual(Array(6).fill('Norway'));
    expect(items[0]?.sisters.isInitialized()).toBe(true);
  });

  it('do not depend on how relations are loaded', async () => {
    const joined = await openWorld({ loadStrategy: 'joined' });
    await joined.em.insertMany(Country, [
      { code: 'NO', name: 'Norway' },
      { code: 'BR', name: 'Brazil' },
    ]);
    const rows = Array.from({ length: 13 }, (_, i) => ({
      id: i + 1,
      name: 'c',
      country: [null, 'NO', 'BR', 'NO'][i % 4],
    }));
    await joined.em.insertMany(City, rows);
    for (let id = 5; id <= 13; id++) await joined.em.nativeUpdate(City, { id }, { sister: (id % 4) + 1 });
    for (const orderBy of ['country.name', 'country.name DESC']) {
      const all = (await cities.find(joined.em.fork(), cities.parse({ orderBy, limit: 100 }))).map(({ id }) => id);
      const spec = cities.parse({ orderBy, populate: 'sisters', limit: 2 });
      const [forward, backward]: [number[], number[]] = [[], []];
      for (let after: string | null | undefined = undefined; after !== null && forward.length <= all.length;) {
        const page: Page<CityEntity> = await cities.page(joined.em.fork(), spec, { after });
        forward.push(...page.items.map(({ id }) => id));
        after = page.hasNextPage ? page.endCursor : null;
      }
      for (let before = await endOf(joined, orderBy); before !== null && backward.length <= all.length;) {
        const page = await cities.page(joined.em.fork(), spec, { before });
        backward.unshift(...page.items.map(({ id }) => id));
        before = page.hasPrevPage ? page.startCursor : null;
      }
      expect([forward, [...backward, ...all.slice(-1)]]).toEqual([all, all]);
    }
    await joined.close();
  });

  it('leave filters of the EntityManager on the related entity as find does', async () => {
    const em = orm.em.fork();
    em.addFilter({ name: 'southern', cond: { name: { $ne: 'Norway' } }, entity: Country });
    for (const orderBy of ['country.name', 'country.name DESC', 'sister.country.name', 'country.code']) {
      const all = (await cities.find(em, cities.parse({ orderBy, limit: 100 }))).map(({ id }) => id);
      const ids: number[] = [];
      for await (const batch of cities.stream(em, cities.parse({ orderBy }), { batchSize: 3 })) {
        ids.push(...batch.map(({ id }) => id));
      }
      expect(ids).toEqual(all);
    }
    const unfiltered = cities.stream(em, cities.parse({ orderBy: 'country.name' }), { batchSize: 3, filters: false });
    expect((await Array.fromAsync(unfiltered)).flat()).toHaveLength(23);
  });

  it('are read in the transaction of their EntityManager', async () => {
    const em = orm.em.fork();
    await em.begin();
    await em.nativeUpdate(Country, { code: 'NO' }, { name: 'Aaland' });
    const spec = cities.parse({ orderBy: 'country.name', filters: { 'country.name': 'Aaland' }, limit: 2 });
    const { items, endCursor } = await cities.page(em, spec);
    const next = await cities.page(em, spec, { after: endCursor });
    await em.rollback();
    expect([items.length, next.items.length]).toEqual([2, 2]);
  });
});

const remove = (ids: readonly number[]) => async (): Promise<void> => {
  await orm.em.fork().nativeUpdate(City, { sister: { $in: ids } }, { sister: null });
  await orm.em.fork().nativeDelete(City, { id: { $in: ids } });
};

describe('rows that change while a page is read', () => {
  const spec = cities.parse({ orderBy: 'country.name DESC', limit: 4 });
  const idsOf = async (): Promise<number[]> =>
    (await cities.find(orm.em.fork(), cities.parse({ orderBy: 'country.name DESC', limit: 100 }))).map(({ id }) => id);

  it.each([
    ['the last', [3]],
    ['the first', [0]],
    ['all but one', [0, 2, 3]],
    ['all', [0, 1, 2, 3]],
  ])('lose nobody else their place when %s have gone', async (_, gone) => {
    const all = await idsOf();
    const { endCursor } = await cities.page(orm.em.fork(), spec);
    onLoad = remove(gone.flatMap(i => all[4 + i] ?? []));
    const page = await cities.page(orm.em.fork(), spec, { after: endCursor });
    const next = await cities.page(orm.em.fork(), spec, { after: page.endCursor });
    const back = await cities.page(orm.em.fork(), spec, { before: page.startCursor });
    expect(page.startCursor === null).toBe(gone.length === 4);
    expect(page.items.map(({ id }) => id)).toEqual(all.slice(4, 8));
    expect(next.items.map(({ id }) => id)).toEqual(all.slice(8, 12));
    expect(back.items.map(({ id }) => id)).toEqual(all.slice(0, 4));
  });

  it('leave a first page without cursors when all have gone, and the next one begins anew', async () => {
    const all = await idsOf();
    onLoad = remove(all.slice(0, 4));
    const page = await cities.page(orm.em.fork(), spec);
    expect(page).toMatchObject({ startCursor: null, endCursor: null, hasNextPage: true });
    const next = await cities.page(orm.em.fork(), spec, { after: page.endCursor });
    expect(next.items.map(({ id }) => id)).toEqual(all.slice(4, 8));
  });

  it('do not end a stream, whichever of a batch have gone', async () => {
    const all = await idsOf();
    for (const [gone, left] of [
      [all.slice(0, 5), all],
      [all.slice(9, 10), all.slice(5)],
    ] as const) {
      onLoad = remove(gone);
      const batches = await Array.fromAsync(cities.stream(orm.em.fork(), spec, { batchSize: 5 }));
      expect(batches.flat().map(({ id }) => id)).toEqual(left);
    }
  });

  it('take the cursor along when they move', async () => {
    const all = await idsOf();
    onLoad = async () => void (await orm.em.fork().nativeUpdate(City, { id: all[3] ?? 0 }, { country: null }));
    const page = await cities.page(orm.em.fork(), spec);
    const next = await cities.page(orm.em.fork(), spec, { after: page.endCursor });
    expect(page.items).toHaveLength(4);
    expect(next.items.every(({ country }) => !country)).toBe(true);
  });
});

const forge = (content: unknown): string => {
  const payload = Buffer.from(JSON.stringify(content)).toString('base64url');
  return `${payload}.${hash('sha256', payload, 'base64url').slice(0, 22)}`;
};

describe('a cursor that is forged', () => {
  it.each([[[]], [[1]], [['a', 'b']], [[null]], [[['a']]], [{ stored: 'a' }]])(
    'is refused when it holds %j as a text of the database',
    async text => {
      const spec = cities.parse({ orderBy: 'visitors' });
      const { endCursor } = await cities.page(orm.em.fork(), spec);
      const [binding]: unknown[] = JSON.parse(Buffer.from(endCursor?.split('.')[0] ?? '', 'base64url').toString());
      const page = cities.page(orm.em.fork(), spec, { after: forge([binding, text, 1]) });
      await expect(page).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
    },
  );

  it('is a value to the database, whatever it says', async () => {
    const spec = cities.parse({ orderBy: 'visitors' });
    const { endCursor } = await cities.page(orm.em.fork(), spec);
    const [binding]: unknown[] = JSON.parse(Buffer.from(endCursor?.split('.')[0] ?? '', 'base64url').toString());
    const page = await cities.page(orm.em.fork(), spec, { after: forge([binding, ["' or 1=1 --"], 1]) });
    expect(page.items).toEqual([]);
  });
});
