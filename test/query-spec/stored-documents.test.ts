import { type EntityQuery, defineQuerySpec } from '@mikro-kit/query-spec';
import { defineEntity, p } from '@mikro-orm/core';
import { ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWithAny } from '../servers/index.ts';
import { type OpenDatabase, openDatabase } from './databases.ts';

const Station = defineEntity({
  name: 'Station',
  properties: { _id: p.type(ObjectId).primary(), open: p.boolean() },
});
const Reading = defineEntity({
  name: 'Reading',
  properties: {
    id: p.integer().primary().fieldName('_id'),
    value: p.double().nullable(),
    at: p.datetime().nullable(),
    name: p.string().nullable(),
    tag: p.uuid().nullable(),
    count: p.integer().nullable(),
    station: () => p.manyToOne(Station).nullable(),
  },
});
const readings = defineQuerySpec(Reading, {
  sort: ['value', 'at', 'name', 'tag', 'count', 'station._id'],
});

/** What no input may say, in ascending order. */
const STORED = {
  value: [null, -Infinity, -1.5, 0, 1e308, Infinity],
  at: [
    null,
    ...['-000043', '0000', '0001', '2024', '+010000', '+275000'].map(year => new Date(`${year}-01-01T00:00:00Z`)),
  ],
  name: [null, '', 'a', 'a\0', 'a\0b', 'a '],
  tag: [null, 'A', 'B0000000-0000-4000-8000-000000000000', 'a'],
  count: [null, -(2 ** 60), -1.5, 0, 2 ** 53, 2 ** 60],
} as const;

async function idsOf<T extends { id: number }>(database: OpenDatabase, query: EntityQuery<T>, orderBy: object) {
  const em = database.orm.em.fork();
  em.addFilter({ name: 'open', cond: { open: true }, entity: Station });
  const spec = query.parse({ orderBy, limit: 1 });
  const all = await query.page(em, spec, { first: 100 });
  const back: number[] = all.items.slice(-1).map(({ id }) => id);
  for (let before = all.endCursor; before !== null && back.length <= all.items.length;) {
    const page = await query.page(em, spec, { before });
    back.unshift(...page.items.map(({ id }) => id));
    before = page.startCursor;
  }
  const streamed: number[] = [];
  for await (const batch of query.stream(em, spec, { batchSize: 1 })) {
    streamed.push(...batch.map(({ id }) => id));
    if (streamed.length > all.items.length) break;
  }
  return [all.items.map(({ id }) => id), back, streamed];
}

await describeWithAny('mongodb', 'what documents hold that no input may say', () => {
  let database: OpenDatabase;
  beforeAll(async () => {
    database = await openDatabase('mongodb', { entities: [Reading, Station] });
  });
  afterAll(() => database.close());

  describe('is paged by, forward, backward and streamed', () => {
    it.each(Object.entries(STORED).map(([field, values]) => ({ field, values })))(
      '$field',
      async ({ field, values }) => {
        await database.orm.em.nativeDelete(Reading, {});
        const ids = values.map((_, i) => i + 1);
        for (const [i, value] of values.entries()) {
          await database.orm.driver.nativeInsert(Reading, { id: i + 1, [field]: value });
        }
        expect(await idsOf(database, readings, { [field]: 'asc' })).toEqual([ids, ids, ids]);
        const reversed = ids.toReversed();
        expect(await idsOf(database, readings, { [field]: 'desc' })).toEqual([reversed, reversed, reversed]);
      },
    );
  });

  it('and keys of related documents are sorted by as documents hold them, whatever filters say of these', async () => {
    await database.orm.em.nativeDelete(Reading, {});
    const stations = ['000000000000000000000001', '100000000000000000000000', 'f00000000000000000000000'];
    const em = database.orm.em.fork();
    await em.insertMany(
      Station,
      stations.map((id, i) => ({ _id: new ObjectId(id), open: i !== 1 })),
    );
    for (const [i, station] of [null, stations[0], stations[1], stations[1], stations[2]].entries()) {
      await em.insert(Reading, { id: i + 1, station: station == null ? null : new ObjectId(station) });
    }
    const ids = [1, 2, 3, 4, 5];
    expect(await idsOf(database, readings, { 'station._id': 'asc' })).toEqual([ids, ids, ids]);
  });
});
