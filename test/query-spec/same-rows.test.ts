import { isDeepStrictEqual } from 'node:util';

import { isQuerySpecError } from '@mikro-kit/query-spec';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWithAny } from '../servers/index.ts';
import { rowsArbitrary, wireSpecArbitrary } from './arbitraries.ts';
import { DATABASES, SERVERS } from './databases.ts';
import { type World, openWorld } from './open-world.ts';
import { countOf, idsOf } from './oracle.ts';
import { type Rows, store } from './rows.ts';

/** `QUERY_SPEC_RUNS=100000` for more, `QUERY_SPEC_SEED` to repeat. */
const RUNS = Number(process.env['QUERY_SPEC_RUNS'] ?? 10_000);
const SEED = Number(process.env['QUERY_SPEC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const DATASETS = 10;
/** Specs that are asked of each database at a time. */
const BATCH = 10;
/** One of so many is counted as well: the conditions of a count are those of its find. */
const COUNTED = 5;

await describeWithAny(SERVERS, `the same rows in the same order on every database (seed ${SEED})`, () => {
  let worlds: readonly World[] = [];
  beforeAll(async () => {
    worlds = await Promise.all(DATABASES.map(openWorld));
  });
  afterAll(async () => {
    await Promise.all(worlds.map(({ database }) => database.close()));
  });

  const runs = Math.max(1, Math.ceil(RUNS / DATASETS / BATCH));
  it.each(fc.sample(rowsArbitrary, { numRuns: DATASETS, seed: SEED }).map((rows, i) => ({ rows, i })))(
    `as the oracle has, ${runs * BATCH} random specs over random rows no. $i`,
    async ({ rows, i }) => {
      await Promise.all(worlds.map(({ database, entities }) => store(database, entities, rows)));
      const batch = fc.array(wireSpecArbitrary, { minLength: BATCH, maxLength: BATCH });
      const property = fc.asyncProperty(batch, async inputs => {
        const answers = inputs.map(input => answerOf(worlds[0], input, rows));
        const differences = await Promise.all(worlds.map(world => differencesOf(world, inputs, answers)));
        expect(differences.flat()).toEqual([]);
      });
      await fc.assert(property, { numRuns: runs, seed: SEED + i });
    },
    20 * 60_000,
  );
});

interface Answer {
  readonly ids: readonly number[];
  readonly count: number;
}

/** The oracle's; none to a spec that is refused. */
function answerOf(world: World | undefined, input: object, rows: Rows): Answer | undefined {
  const spec = world && parsed(world.query, input);
  return spec && { ids: idsOf(spec, rows), count: countOf(spec, rows) };
}

/** The specs of which a database says something else than the oracle. */
async function differencesOf(
  { database, query }: World,
  inputs: readonly object[],
  answers: readonly (Answer | undefined)[],
): Promise<object[]> {
  const differences: object[] = [];
  for (const [i, input] of inputs.entries()) {
    const spec = parsed(query, input);
    const expected = answers[i];
    const em = database.orm.em.fork();
    const found = spec && {
      ids: (await query.find(em, spec)).map(({ id }) => id),
      count: i % COUNTED === 0 ? await query.count(em, spec) : expected?.count,
    };
    if (!isDeepStrictEqual(found, expected)) {
      differences.push({ database: database.name, input, found, expected });
    }
  }
  return differences;
}

/** Some are refused: a range from high to low, for one. */
function parsed({ parse }: World['query'], input: object): ReturnType<World['query']['parse']> | undefined {
  try {
    return parse(input);
  } catch (error) {
    if (isQuerySpecError(error)) return undefined;
    throw error;
  }
}
