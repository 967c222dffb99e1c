import { type QuerySpec, defineQuerySpec, serialize } from '@mikro-kit/query-spec';
import { MikroORM, StringType, defineEntity, p } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

class Trimmed extends StringType {
  override convertToJSValue(value: string): string {
    return value.trim();
  }
}

const Reading = defineEntity({
  name: 'Reading',
  properties: {
    id: p.integer().primary(),
    value: p.double().nullable(),
    amount: p.decimal().precision(14).scale(10).nullable(),
    code: p.uuid().nullable(),
    at: p.datetime().nullable(),
    count: p.integer().nullable(),
    total: p.bigint().nullable(),
    sum: p.bigint('number').nullable(),
    name: p.string().nullable(),
    label: p.type(Trimmed).nullable(),
  },
});
const FIELDS = ['value', 'amount', 'code', 'at', 'count', 'total', 'sum', 'name', 'label'] as const;
const YEARS = [-43, 0, 1, 2024, 10_000, 275_000];
const readings = defineQuerySpec(Reading, { filter: { at: ['eq'] }, sort: FIELDS });

let orm: MikroORM;
beforeAll(async () => {
  orm = await MikroORM.init({ entities: [Reading], dbName: ':memory:' });
  await orm.schema.create();
});
afterAll(() => orm.close());

const store = async (field: string, values: readonly string[]): Promise<void> => {
  await orm.em.nativeDelete(Reading, {});
  const rows = values.map((value, i) => `(${i + 1}, ${value})`).join(', ');
  await orm.em.getConnection().execute(`insert into reading (id, ${field}) values ${rows}`);
};

const walk = async (spec: QuerySpec<{ id: number }>, from: 'after' | 'before'): Promise<number[]> => {
  const page = (which: object) => Reflect.apply(readings.page, undefined, [orm.em.fork(), spec, which]);
  const all = await page({ first: 100 });
  const ids: number[] = from === 'after' ? [] : [all.items.at(-1).id];
  let cursor: string | null = from === 'after' ? null : all.endCursor;
  do {
    const { items, startCursor, endCursor } = await page({ [from]: cursor, first: 1 });
    ids.push(...items.map(({ id }: { id: number }) => id));
    cursor = from === 'after' ? endCursor : startCursor;
  } while (cursor !== null && ids.length < 20);
  return from === 'after' ? ids : ids.toReversed();
};

describe('pages pass rows that hold what no input may say', () => {
  it.each([
    [
      'UUIDs in upper case',
      'code',
      [
        'null',
        "'A0000000-0000-4000-8000-000000000000'",
        "'B0000000-0000-4000-8000-000000000000'",
        "'a0000000-0000-4000-8000-000000000000'",
      ],
    ],
    ['decimals that are written with an exponent', 'amount', ['-0.0000003', '0.0000000001', '0.0000001', '12.5']],
    ['decimals of more digits than declared', 'amount', ['9007199254740992', '9007199254740993', '9007199254740994']],
    ['infinities', 'value', ['null', '-9e999', '-1.5', '0.1', '1e308', '9e999', '9e999']],
    ['years that no input may name', 'at', [...YEARS.map(year => String(Date.UTC(year, 0))), "'soon'", "'sooner'"]],
    ['integers that a number rounds', 'count', ['-9007199254740993', '9007199254740992', '9007199254740993', '1.5']],
    ['bigints that a float rounds', 'total', ['-9223372036854775808', '9007199254740993', '9007199254740992', '1']],
    ['bigints that are read as numbers', 'sum', ['9007199254740993', '9007199254740992', '-5', '1']],
    ['texts with NUL', 'name', ["cast(x'6100' as text)", "cast(x'610062' as text)", "'a'", "cast(x'610063' as text)"]],
    ['texts that a type of its own trims', 'label', ["' b'", "'a '", "'a'", "'b'", "'  a'"]],
  ])('%s', async (_, field, values) => {
    await store(field, values);
    for (const direction of ['asc', 'desc']) {
      const spec = readings.parse({ orderBy: { [field]: direction } });
      const ids = (await readings.find(orm.em.fork(), spec)).map(({ id }) => id);
      expect([await walk(spec, 'after'), await walk(spec, 'before')]).toEqual([ids, ids]);
    }
  });
});

describe('keys beyond 2^53, which the host rounds', () => {
  const Event = defineEntity({
    name: 'Event',
    properties: { id: p.bigint().primary(), kind: p.string() },
  });
  const events = defineQuerySpec(Event, { sort: ['kind'] });
  const stored = async (ids: readonly bigint[]): Promise<MikroORM> => {
    const own = await MikroORM.init({ entities: [Event], dbName: ':memory:' });
    await own.schema.create();
    await own.em.insertMany(
      Event,
      ids.map((id, i) => ({ id, kind: `k${i % 2}` })),
    );
    return own;
  };

  it('are passed as they are stored', async () => {
    const ids = Array.from({ length: 9 }, (_, i) => 2n ** 62n + 4097n * BigInt(i) + 1n);
    const own = await stored(ids);
    for (const orderBy of ['kind', 'kind DESC']) {
      const spec = events.parse({ orderBy, limit: 2 });
      const all = await events.find(own.em.fork(), events.parse({ orderBy, limit: 100 }));
      const streamed = await Array.fromAsync(events.stream(own.em.fork(), spec, { batchSize: 2 }));
      expect(streamed.flat().map(({ id }) => id)).toEqual(all.map(({ id }) => id));
      expect(all).toHaveLength(9);
    }
    await own.close();
  });

  it('are refused where two are read as one', async () => {
    const own = await stored([2n ** 62n, 2n ** 62n + 1n]);
    const page = events.page(own.em.fork(), events.parse({}), { first: 1 });
    await expect(page).rejects.toMatchObject({ code: 'UNSUPPORTED_KEYSET', pointer: '/orderBy' });
    await own.close();
  });
});

const pageAfter = async (name: string): Promise<object> => {
  await store('name', [`'${name}'`, `'b'`]);
  const spec = readings.parse({ orderBy: 'name', limit: 1 });
  const { endCursor } = await readings.page(orm.em.fork(), spec);
  return readings.page(orm.em.fork(), spec, { after: endCursor });
};

describe('a page that no cursor can stand on is refused instead of losing or repeating rows', () => {
  it('a text of which a cursor would be too long', async () => {
    await expect(pageAfter('a'.repeat(190_000))).resolves.toMatchObject({ items: [{ name: 'b' }] });
    const page = pageAfter('a'.repeat(200_000));
    await expect(page).rejects.toMatchObject({ code: 'UNSUPPORTED_KEYSET', pointer: '/orderBy' });
  });

  it('bytes in a column of floats', async () => {
    await store('value', ["x'00'"]);
    const page = readings.page(orm.em.fork(), readings.parse({ orderBy: 'value' }));
    await expect(page).rejects.toMatchObject({ code: 'UNSUPPORTED_KEYSET', pointer: '/orderBy' });
  });
});

describe('an instant', () => {
  it.each([
    ['year 0, through its offset', '0001-01-01T00:00:00+14:00'],
    ['year 10000, through its offset', '9999-12-31T23:59:59-14:00'],
    ['year 275760', new Date(8.64e15)],
  ])('in %s is refused', (_, at) => {
    expect(() => readings.parse({ filters: { at } })).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  });

  it.each(['0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z', '2024-02-29T23:59:59.001+14:00'])(
    '%s is read back as it was written',
    at => {
      const spec = readings.parse({ filters: { at } });
      expect(readings.parse(serialize(spec))).toEqual(spec);
    },
  );
});
