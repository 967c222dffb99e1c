import { type EntityQuery, defineQuerySpec } from '@mikro-kit/query-spec';
import { DecimalType, StringType, defineEntity, p } from '@mikro-orm/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWithAny } from '../servers/index.ts';
import { ORDERED_COLLATION, type OpenDatabase, openDatabase } from './databases.ts';

/** Loses the cents. */
class WholeType extends DecimalType {
  override convertToJSValue(value: string | number): string {
    return String(value).replace(/\..*/, '');
  }
}

/** Loses case and spaces. */
class FoldedType extends StringType {
  override convertToJSValue(value: string): string {
    return value.trim().toLowerCase();
  }
}

type Server = 'postgres' | 'mysql' | 'mariadb' | 'sqlite';

const FIELDS = ['value', 'amount', 'rounded', 'at', 'late', 'day', 'total', 'name', 'whole', 'folded'] as const;
type FieldName = (typeof FIELDS)[number];

const worldOf = (server: Server) => {
  const text = () => p.string().length(50).collation(ORDERED_COLLATION[server]);
  const Reading = defineEntity({
    name: 'Reading',
    properties: {
      id: p.integer().primary(),
      value: p.double().nullable(),
      amount: server === 'postgres' ? p.decimal().columnType('numeric').nullable() : p.decimal().nullable(),
      rounded: p.decimal('number').precision(15).scale(0).nullable(),
      at: p.datetime().length(3).nullable(),
      late: p.datetime().length(6).nullable(),
      day: p.date().nullable(),
      total: p.bigint('number').nullable(),
      name: text().nullable(),
      whole: p.type(WholeType).precision(12).scale(4).nullable(),
      folded: p.type(FoldedType).length(50).collation(ORDERED_COLLATION[server]).nullable(),
    },
  });
  const Report = defineEntity({
    name: 'Report',
    properties: { id: p.integer().primary(), reading: () => p.manyToOne(Reading).nullable() },
  });
  const paths = FIELDS.map(name => `reading.${name}` as const);
  return {
    Reading,
    Report,
    readings: defineQuerySpec(Reading, { sort: FIELDS }),
    reports: defineQuerySpec(Report, { sort: paths }),
  };
};

/** What each column can hold that no input says or no entity holds, in ascending order. */
const COMMON: readonly (readonly [FieldName, readonly string[]])[] = [
  ['value', ['null', '-1.7e308', '-0.1', '0', '5e-324', '0.30000000000000004', '1e21']],
  ['total', ['null', '-9223372036854775808', '-5', '9007199254740992', '9007199254740993', '9223372036854775807']],
  ['name', ['null', "''", "'a'", "'a '", "'b'"]],
  ['whole', ['null', '-1.25', '-1', '1', '1.0001', '1.25']],
  ['folded', ['null', "' B'", "'A '", "'a'", "'a '", "'b'"]],
  ['rounded', ['null', '-5', '7', '999999999999999']],
];
const OF: Readonly<Record<Server, readonly (readonly [FieldName, readonly string[]])[]>> = {
  sqlite: [['value', ['null', '-9e999', '0', '9e999']]],
  postgres: [
    ['value', ['null', "'-Infinity'", '0', "'Infinity'", "'NaN'"]],
    ['amount', ['null', "'-Infinity'", '-1', '1.00000000000000000000000001', "'NaN'"]],
    ['at', ['null', "'-infinity'", "'0044-03-15 BC'", "'0001-01-01'", "'2024-02-29'", "'10000-01-01'", "'infinity'"]],
    ['late', ['null', "'2024-02-29 12:00:00.123455Z'", "'2024-02-29 12:00:00.123456Z'", "'294276-12-31'"]],
    [
      'day',
      ['null', "'-infinity'", "'4713-01-01 BC'", "'2024-02-29'", "'10000-02-29 BC'", "'infinity'"].toSpliced(4, 1),
    ],
    ['day', ['null', "'0005-02-28 BC'", "'0005-02-29 BC'", "'12000-02-29'", "'5874897-12-31'"]],
  ],
  mysql: [
    ['late', ['null', "'2024-02-29 12:00:00.123455'", "'2024-02-29 12:00:00.123456'", "'9999-12-31 23:59:59'"]],
    ['name', ['null', "''", "'a'", "concat('a', char(0))", "concat('a', char(0), 'b')", "'a '"]],
  ],
  mariadb: [
    ['late', ['null', "'2024-02-29 12:00:00.123455'", "'2024-02-29 12:00:00.123456'", "'9999-12-31 23:59:59'"]],
  ],
};

type Ids = readonly number[];

async function walks<T extends { id: number }>(database: OpenDatabase, query: EntityQuery<T>, orderBy: object) {
  const em = () => database.orm.em.fork();
  const spec = query.parse({ orderBy, limit: 1 });
  const found: Ids = (await query.find(em(), query.parse({ orderBy, limit: 100 }))).map(({ id }) => id);
  const [forward, backward]: [number[], number[]] = [[], []];
  let page = await query.page(em(), spec);
  while (page.items.length > 0 && forward.length <= found.length) {
    forward.push(...page.items.map(({ id }) => id));
    page = await query.page(em(), spec, { after: page.endCursor });
  }
  page = await query.page(em(), spec, { before: (await query.page(em(), spec, { first: 100 })).endCursor });
  while (page.items.length > 0 && backward.length <= found.length) {
    backward.unshift(...page.items.map(({ id }) => id));
    page = await query.page(em(), spec, { before: page.startCursor });
  }
  const streamed = (await Array.fromAsync(query.stream(em(), spec, { batchSize: 2 }))).flat().map(({ id }) => id);
  return { found, forward, backward: [...backward, ...found.slice(-1)], streamed };
}

for (const server of ['sqlite', 'postgres', 'mysql', 'mariadb'] as const) {
  await describeWithAny(server === 'sqlite' ? [] : server, `what ${server} holds and entities do not`, () => {
    const world = worldOf(server);
    let database: OpenDatabase;
    beforeAll(async () => {
      database = await openDatabase(server, { entities: [world.Reading, world.Report] });
    });
    afterAll(async () => {
      await database.close();
    });

    describe('is paged by, forward, backward and streamed', () => {
      it.each([...COMMON, ...OF[server]].map(([field, values]) => ({ field, values })))(
        '$field: $values',
        async ({ field, values }) => {
          await database.orm.em.nativeDelete(world.Report, {});
          await database.orm.em.nativeDelete(world.Reading, {});
          const connection = database.orm.em.getConnection();
          const ids = values.map((_, i) => i + 1);
          const rows = values.map((value, i) => `(${i + 1}, ${value})`).join(', ');
          await connection.execute(`insert into reading (id, ${field}) values ${rows}`);
          await database.orm.em.insertMany(
            world.Report,
            ids.map(id => ({ id, reading: id })),
          );
          for (const [direction, expected] of [
            ['asc', ids],
            ['desc', ids.toReversed()],
          ] as const) {
            const all = { found: expected, forward: expected, backward: expected, streamed: expected };
            expect(await walks(database, world.readings, { [field]: direction })).toEqual(all);
            expect(await walks(database, world.reports, { [`reading.${field}`]: direction })).toEqual(all);
          }
        },
      );
    });
  });
}
