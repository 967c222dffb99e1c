import { defineQuerySpec } from '@mikro-kit/query-spec';
import type { MikroORM } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { City, Country, openWorld } from './world.ts';

const ALL = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'between', 'in', 'nin', 'isNull'] as const;
const cities = defineQuerySpec(City, {
  filter: {
    id: ALL,
    name: [...ALL, 'startsWith'],
    note: [...ALL, 'startsWith'],
    population: ALL,
    altitude: ALL,
    area: ALL,
    visitors: ALL,
    founded: ALL,
    updatedAt: ALL,
    capital: ['eq', 'ne', 'in', 'nin'],
    size: ['eq', 'ne', 'in', 'nin', 'isNull'],
    'country.code': ALL,
    'country.name': [...ALL, 'startsWith'],
    'sister.name': ['eq', 'ne', 'isNull'],
  },
  sort: ['name', 'note', 'population', 'altitude', 'area', 'founded', 'updatedAt', 'capital', 'country.name'],
  populate: ['country', 'sisters'],
});

const NAMES = ['Oslo', 'oslo', 'OSLO', '', 'Öslo', 'O%_\\', "O'--", 'O?', '\uFFFD', '😀', '😀b', '\u{10FFFF}', 'O"`'];
const pick = <T>(items: readonly T[], i: number): T | undefined => items[i % items.length];
const ROWS = Array.from({ length: 60 }, (_, i) => ({
  id: i + 1,
  name: pick(NAMES, i) ?? '',
  note: pick([null, ...NAMES], i * 5) ?? null,
  population: pick([null, 0, -1, 5, 1_000_000], i) ?? null,
  altitude: pick([null, 0.1 + 0.2, -1.5, 1e21, 3], i) ?? null,
  area: pick([null, '1.10', '10', '-2.5'], i) ?? null,
  visitors: pick([null, 9007199254740993n, 9007199254740992n, -1n], i) ?? null,
  founded: pick([null, '2024-02-29', '1999-12-31'], i) ?? null,
  updatedAt: pick([null, new Date(0), new Date(1), new Date('2024-01-01T00:00:00.123Z')], i) ?? null,
  capital: i % 3 === 0,
  size: pick([null, 'small', 'large'] as const, i) ?? null,
  country: pick([null, 'BR', 'NO'], i) ?? null,
  sister: i < 7 ? null : (i % 7) + 1,
}));

let orm: MikroORM;
const statements: string[] = [];
beforeAll(async () => {
  orm = await openWorld({
    debug: ['query'],
    loggerFactory: () => ({
      log: () => {},
      error: () => {},
      warn: () => {},
      setDebugMode: () => {},
      isEnabled: () => true,
      logQuery: ({ query, shape }) => void statements.push(`${shape} ${query}`),
    }),
  });
  await orm.em.insertMany(Country, [
    { code: 'BR', name: 'Brazil' },
    { code: 'NO', name: 'Norway' },
  ]);
  await orm.em.insertMany(City, ROWS);
});
afterAll(() => orm.close());

const idsOf = async (input: object): Promise<number[]> => {
  const found = await cities.find(orm.em.fork(), cities.parse({ limit: 1000, ...input }));
  return found.map(city => city.id);
};

type Row = (typeof ROWS)[number];
const COUNTRY_NAMES = new Map([
  ['BR', 'Brazil'],
  ['NO', 'Norway'],
]);
/** The oracle's view of a column. Decimals are numbers, instants milliseconds. */
const READ: Readonly<Record<string, (row: Row) => unknown>> = {
  area: row => (row.area === null ? null : Number(row.area)),
  updatedAt: row => row.updatedAt?.getTime() ?? null,
  'country.code': row => row.country,
  'country.name': row => COUNTRY_NAMES.get(row.country ?? '') ?? null,
  'sister.name': row => ROWS[(row.sister ?? 0) - 1]?.name ?? null,
};
const read = (row: Row, field: string): unknown => (READ[field] ?? (other => Reflect.get(other, field)))(row);

/** By code point, as SQLite compares UTF-8. */
function compare(a: unknown, b: unknown): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) < Number(b) ? -1 : Number(Number(a) > Number(b));
}
const same = (a: unknown, b: unknown): boolean =>
  a !== null && b !== null && (typeof a === 'bigint' ? a === b : compare(a, b) === 0);

const ORACLE: Readonly<Record<string, (value: unknown, operand: readonly unknown[]) => boolean>> = {
  eq: (value, [x]) => (x === null ? value === null : same(value, x)),
  in: (value, list) => list.some(x => (x === null ? value === null : same(value, x))),
  isNull: (value, [flag]) => (value === null) === flag,
  gt: (value, [x]) => value !== null && compare(value, x) > 0,
  gte: (value, [x]) => value !== null && compare(value, x) >= 0,
  lt: (value, [x]) => value !== null && compare(value, x) < 0,
  lte: (value, [x]) => value !== null && compare(value, x) <= 0,
  between: (value, [low, high]) => value !== null && compare(value, low) >= 0 && compare(value, high) <= 0,
  startsWith: (value, [prefix]) => typeof value === 'string' && value.startsWith(String(prefix)),
};

const CASES: readonly (readonly [field: string, operator: string, operand: readonly unknown[]])[] = [
  ...NAMES.flatMap(
    name =>
      [
        ['name', 'eq', [name]],
        ['note', 'startsWith', [name]],
        ['note', 'gt', [name]],
        ['note', 'lte', [name]],
        ['name', 'in', [name, 'Oslo']],
      ] as const,
  ),
  ['note', 'eq', [null]],
  ['note', 'in', []],
  ['note', 'in', [null]],
  ['note', 'in', [null, 'Oslo']],
  ['name', 'in', [null]],
  ['name', 'eq', [null]],
  ['name', 'isNull', [true]],
  ['note', 'isNull', [true]],
  ['note', 'isNull', [false]],
  ['note', 'between', ['O', 'Öslo']],
  ['population', 'gt', [0]],
  ['population', 'lt', [0]],
  ['population', 'between', [-1, 5]],
  ['population', 'in', [0, 5, null]],
  ['altitude', 'eq', [0.1 + 0.2]],
  ['altitude', 'gte', [1e21]],
  ['area', 'eq', [1.1]],
  ['area', 'in', [1.1, 10]],
  ['area', 'lt', [2]],
  ['area', 'between', [-3, 9]],
  ['visitors', 'eq', [9007199254740993n]],
  ['visitors', 'in', [9007199254740992n, null]],
  ['founded', 'gt', ['2000-01-01']],
  ['updatedAt', 'gte', [1]],
  ['updatedAt', 'eq', [1_704_067_200_123]],
  ['capital', 'eq', [true]],
  ['size', 'in', ['small', null]],
  ['country.code', 'eq', ['BR']],
  ['country.code', 'isNull', [true]],
  ['country.name', 'startsWith', ['Bra']],
  ['country.name', 'in', ['Norway', null]],
  ['sister.name', 'eq', ['Oslo']],
  ['sister.name', 'isNull', [true]],
];

const wire = (field: string, operand: readonly unknown[]): readonly unknown[] =>
  operand.map(x => (field === 'updatedAt' && typeof x === 'number' ? new Date(x) : x));
const filterOf = (field: string, operator: string, operand: readonly unknown[]): object => {
  const list = wire(field, operand);
  return { [field]: { [operator]: ['in', 'nin', 'between'].includes(operator) ? list : list[0] } };
};

describe('each operator', () => {
  it.each(CASES)('%s %s %s finds the rows that hold, and its negation all others', async (field, operator, operand) => {
    const matches = (row: Row): boolean => ORACLE[operator]?.(read(row, field), operand) ?? false;
    const filters = filterOf(field, operator, operand);
    const expected = ROWS.filter(matches).map(row => row.id);
    const others = ROWS.filter(row => !matches(row)).map(row => row.id);
    expect(await idsOf({ filters })).toEqual(expected);
    expect(await idsOf({ filters: { not: filters } })).toEqual(others);
    expect(await idsOf({ filters: { not: { not: filters } } })).toEqual(expected);
  });
});

describe('ne and nin', () => {
  it.each(CASES.filter(([, operator]) => operator === 'eq' || operator === 'in'))(
    'are all that %s %s %s is not',
    async (field, operator, operand) => {
      const opposite = operator === 'eq' ? 'ne' : 'nin';
      const others = ROWS.filter(row => !ORACLE[operator]?.(read(row, field), operand)).map(row => row.id);
      expect(await idsOf({ filters: filterOf(field, opposite, operand) })).toEqual(others);
    },
  );
});

/** Mulberry32: a small generator with a seed, so that a failure repeats. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Sample {
  readonly filters: object;
  readonly matches: (row: Row) => boolean;
}
function sample(next: () => number, depth: number): Sample {
  const roll = next();
  if (depth === 0 || roll < 0.4) {
    const [field, operator, operand] = CASES[Math.floor(next() * CASES.length)] ?? ['note', 'isNull', [true]];
    return {
      filters: filterOf(field, operator, operand),
      matches: row => ORACLE[operator]?.(read(row, field), operand) ?? false,
    };
  }
  const members = Array.from({ length: roll < 0.6 ? 1 : 2 + Math.floor(next() * 2) }, () => sample(next, depth - 1));
  const filters = members.map(member => member.filters);
  if (roll < 0.6) return { filters: { not: filters[0] }, matches: row => !members[0]?.matches(row) };
  return roll < 0.8
    ? { filters: { and: filters }, matches: row => members.every(member => member.matches(row)) }
    : { filters: { or: filters }, matches: row => members.some(member => member.matches(row)) };
}

describe('groups', () => {
  it('find what an in-memory oracle finds, for 300 random specs', async () => {
    const next = random(20_240_229);
    for (let i = 0; i < 300; i++) {
      const { filters, matches } = sample(next, 3);
      const expected = ROWS.filter(matches).map(row => row.id);
      expect({ filters, ids: await idsOf({ filters }) }).toEqual({ filters, ids: expected });
      expect(await cities.count(orm.em.fork(), cities.parse({ filters }))).toBe(expected.length);
    }
  });
});

describe('the order', () => {
  const FIELDS = ['name', 'note', 'population', 'altitude', 'area', 'founded', 'updatedAt', 'capital', 'country.name'];
  const SORTS = FIELDS.flatMap(
    field =>
      [
        [field, 'asc', 1],
        [field, 'desc', -1],
      ] as const,
  );
  it.each(SORTS)(
    'by %s %s has nulls smallest, strings by code point, and ties by primary key',
    async (field, direction, sign) => {
      const order = (a: Row, b: Row): number => {
        const [x, y] = [read(a, field), read(b, field)];
        const rank = Number(x !== null) - Number(y !== null) || (x === null || y === null ? 0 : compare(x, y));
        return sign * (rank || a.id - b.id);
      };
      expect(await idsOf({ orderBy: { [field]: direction } })).toEqual(ROWS.toSorted(order).map(row => row.id));
    },
  );
});

describe('a query', () => {
  it('takes limit and offset, and sends none for a limit of 0', async () => {
    expect(await idsOf({ limit: 3, offset: 2 })).toEqual([3, 4, 5]);
    statements.length = 0;
    expect(await idsOf({ limit: 0 })).toEqual([]);
    expect(statements).toEqual([]);
  });

  it("obeys the EntityManager's filters, in count too", async () => {
    const em = orm.em.fork();
    em.addFilter({ name: 'tenant', cond: { id: { $lte: 10 } }, entity: City });
    const spec = cities.parse({ filters: { or: [{ id: ['>', 0] }, { name: 'Oslo' }] } });
    expect((await cities.find(em, spec)).map(city => city.id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(await cities.count(em, spec)).toBe(10);
    expect(await cities.count(em, spec, { filters: { tenant: false } })).toBe(60);
  });

  it('carries its shape to each of its statements, beside the context of the application', async () => {
    statements.length = 0;
    const spec = cities.parse({ filters: { population: ['>', 0] }, populate: ['country', 'sisters'] });
    await cities.find(orm.em.fork(), spec, { loggerContext: { label: 'list' } });
    await cities.count(orm.em.fork(), spec);
    expect(statements.length).toBe(3);
    expect(statements.every(statement => statement.startsWith('city?population> select'))).toBe(true);
  });

  it('asks for a prefix by a range, which an index serves', async () => {
    statements.length = 0;
    await idsOf({ filters: { name: ['startsWith', 'Os'] } });
    expect(statements.at(-1)).toMatch(/`name` >= (?:'Os'|\?) and `c0`.`name` < (?:'Ot'|\?) /);
  });

  it('populates what was asked for and no more', async () => {
    const plain = await cities.find(orm.em.fork(), cities.parse({ filters: { id: 2 } }));
    const populated = await cities.find(orm.em.fork(), cities.parse({ filters: { id: 2 }, populate: 'country' }));
    expect(plain[0]?.country).not.toHaveProperty('name', 'Brazil');
    expect(populated[0]?.country).toHaveProperty('name', 'Brazil');
  });

  it('runs only specs that it parsed itself', async () => {
    const forged = { ...cities.parse({}), limit: 1e9 };
    await expect(cities.find(orm.em, forged)).rejects.toMatchObject({ code: 'FOREIGN_SPEC' });
    const narrow = defineQuerySpec(City, {});
    for (const none of [null, undefined, 'name', 1]) {
      const found: Promise<unknown> = Reflect.apply(cities.find, undefined, [orm.em, none]);
      await expect(found).rejects.toMatchObject({ code: 'FOREIGN_SPEC' });
    }
    await expect(narrow.find(orm.em, cities.parse({}))).rejects.toMatchObject({ code: 'FOREIGN_SPEC' });
  });
});
