import { isQuerySpecError, serialize } from '@mikro-kit/query-spec';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWithAny } from '../servers/index.ts';
import { pagedSpecArbitrary, rowsArbitrary, wireSpecArbitrary } from './arbitraries.ts';
import { DATABASES, SERVERS } from './databases.ts';
import { type World, openWorld } from './open-world.ts';
import { countOf, idsOf } from './oracle.ts';
import { type Rows, store } from './rows.ts';

const SEED = Number(process.env['QUERY_SPEC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = 60;

type Spec = ReturnType<World['query']['parse']>;

await describeWithAny(SERVERS, `the laws of query-spec on every database (seed ${SEED})`, () => {
  let worlds: readonly World[] = [];
  let rows: Rows = { cities: [], countries: [], tags: [] };
  beforeAll(async () => {
    worlds = await Promise.all(DATABASES.map(openWorld));
    [rows = rows] = fc.sample(rowsArbitrary, { numRuns: 1, seed: SEED });
    await Promise.all(worlds.map(({ database, entities }) => store(database, entities, rows)));
  });
  afterAll(async () => {
    await Promise.all(worlds.map(({ database }) => database.close()));
  });

  const onEach = <T>(ask: (world: World) => Promise<T>): Promise<readonly T[]> => Promise.all(worlds.map(ask));

  it('pages, forward and backward, and batches of a stream are the whole ordered set', async () => {
    const property = fc.asyncProperty(pagedSpecArbitrary, async input => {
      const walks = await onEach(async world => {
        const spec = parsed(world, input);
        return spec && { name: world.database.name, ...(await walksOf(world, spec)) };
      });
      const spec = parsed(worlds[0], input);
      const ids = spec ? idsOf({ ...spec, limit: 1000 }, rows) : [];
      const expected = walks.map(walk => walk && { name: walk.name, forward: ids, backward: ids, streamed: ids });
      expect(walks).toEqual(expected);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
  });

  it('a condition and its negation are everything and share nothing', async () => {
    const property = fc.asyncProperty(wireSpecArbitrary, async input => {
      const filters: unknown = Reflect.get(input, 'filters');
      const counts = await onEach(async world => {
        const [is, isNot] = [parsed(world, { filters }), parsed(world, { filters: { not: filters } })];
        if (!is || !isNot) return undefined;
        const em = world.database.orm.em.fork();
        const both = parsed(world, { filters: { and: [filters, { not: filters }] } });
        return {
          all: (await world.query.count(em, is)) + (await world.query.count(em, isNot)),
          both: both ? await world.query.count(em, both) : 0,
        };
      });
      expect(counts).toEqual(counts.map(count => count && { all: rows.cities.length, both: 0 }));
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
  });

  it('what is written is read back the same', () => {
    const property = fc.property(wireSpecArbitrary, input => {
      const spec = parsed(worlds[0], input);
      const again = spec && worlds[0]?.query.parse(JSON.parse(JSON.stringify(serialize(spec))));
      expect(again).toEqual(spec);
    });
    fc.assert(property, { numRuns: 2000, seed: SEED });
  });

  it("the EntityManager's filters on related entities leave page and find the same order", async () => {
    const property = fc.asyncProperty(pagedSpecArbitrary, async input => {
      await onEach(async world => {
        const spec = parsed(world, input);
        const seen = spec && (await seenWithRelatedFilters(world, spec));
        expect({ world: world.database.name, ids: seen?.streamed }).toEqual({
          world: world.database.name,
          ids: seen?.found,
        });
      });
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
  });

  it("the EntityManager's filters hold in find, count, list, page and stream", async () => {
    const property = fc.asyncProperty(pagedSpecArbitrary, async input => {
      const seen = await onEach(async world => {
        const spec = parsed(world, input);
        return spec && seenByTenant(world, spec);
      });
      const spec = parsed(worlds[0], input);
      const mine = { ...rows, cities: rows.cities.filter(({ id }) => id <= 12) };
      const total = spec ? countOf(spec, { ...mine, countries: rows.countries }) : 0;
      expect(seen.filter(Boolean).every(counts => Math.max(...(counts?.ids ?? []), 0) <= 12)).toBe(true);
      expect(seen.map(counts => counts && counts.total)).toEqual(
        seen.map(counts => counts && (counts.hasSisters ? counts.total : total)),
      );
    });
    await fc.assert(property, { numRuns: 20, seed: SEED });
  });
});

function parsed(world: World | undefined, input: object): Spec | undefined {
  try {
    return world?.query.parse(input);
  } catch (error) {
    if (isQuerySpecError(error)) return undefined;
    throw error;
  }
}

interface Walks {
  readonly forward: readonly number[];
  readonly backward: readonly number[];
  readonly streamed: readonly number[];
}

async function walksOf({ query, database }: World, spec: Spec): Promise<Walks> {
  const em = database.orm.em.fork();
  const [forward, backward, streamed]: number[][] = [[], [], []];
  let after: string | null = null;
  let end: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof query.page>> = await query.page(em, spec, { after });
    forward?.push(...page.items.map(({ id }) => id));
    end = page.endCursor ?? end;
    after = page.hasNextPage ? page.endCursor : null;
  } while (after !== null);
  const last = forward?.at(-1);
  let before = end;
  while (before !== null) {
    const page: Awaited<ReturnType<typeof query.page>> = await query.page(em, spec, { before });
    backward?.unshift(...page.items.map(({ id }) => id));
    before = page.hasPrevPage ? page.startCursor : null;
  }
  if (last !== undefined) backward?.push(last);
  for await (const batch of query.stream(em, spec, { batchSize: 3 })) streamed?.push(...batch.map(({ id }) => id));
  return { forward: forward ?? [], backward: backward ?? [], streamed: streamed ?? [] };
}

/** The ids of a stream, and those of a find, where filters leave some related entities out. */
async function seenWithRelatedFilters({ query, database, entities }: World, spec: Spec) {
  const em = database.orm.em.fork();
  em.addFilter({ name: 'southern', cond: { name: { $gt: 'a' } }, entity: entities.Country });
  em.addFilter({ name: 'sisters', cond: { note: { $ne: null } }, entity: entities.City });
  const found = await query.find(em, query.parse({ ...serialize(spec), limit: 1000 }));
  const streamed: number[] = [];
  for await (const batch of query.stream(em, spec, { batchSize: 3 })) {
    streamed.push(...batch.map(({ id }) => id));
    if (streamed.length > found.length) break;
  }
  return { streamed, found: found.map(({ id }) => id) };
}

/** What a tenant sees who owns the first twelve cities. */
async function seenByTenant({ query, database, entities }: World, spec: Spec) {
  const em = database.orm.em.fork();
  em.addFilter({ name: 'tenant', cond: { id: { $lte: 12 } }, entity: entities.City });
  const [list, page] = [await query.list(em, spec), await query.page(em, spec)];
  const ids = [...list.items, ...page.items].map(({ id }) => id);
  const streamed: number[] = [];
  for await (const batch of query.stream(em, spec, { batchSize: 2 })) streamed.push(...batch.map(({ id }) => id));
  const all = await query.find(em, query.parse({ ...serialize(spec), limit: 1000 }));
  expect(streamed).toEqual(all.map(({ id }) => id));
  ids.push(...streamed);
  const total = await query.count(em, spec);
  expect(list.total).toBe(total);
  return { ids, total, hasSisters: JSON.stringify(serialize(spec)).includes('sister.') };
}
