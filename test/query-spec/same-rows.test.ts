import { isDeepStrictEqual } from 'node:util';

import { isQuerySpecError } from '@mikro-kit/query-spec';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWithAny } from '../servers/index.ts';
import { rowsArbitrary, sortsByRelated, wireSpecArbitrary } from './arbitraries.ts';
import { DATABASES, SERVERS } from './databases.ts';
import { type World, openWorld } from './open-world.ts';
import { countOf, idsOf } from './oracle.ts';
import { type Rows, store } from './rows.ts';
import { cityQueryOf, entitiesOf } from './world.ts';

/** `QUERY_SPEC_RUNS=100000` for more, `QUERY_SPEC_SEED` to repeat. */
const RUNS = Number(process.env['QUERY_SPEC_RUNS'] ?? 10_000);
const SEED = Number(process.env['QUERY_SPEC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const DATASETS = 10;
/** Specs that are asked of each database at a time. */
const BATCH = 10;
/** One of so many is counted as well: the conditions of a count are those of its find. */
const COUNTED = 5;

/** Needs no database. */
const { parse } = cityQueryOf(entitiesOf('sqlite'), 'sqlite');

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
    `as the oracle has, ${runs * BATCH} random specs, one in ${COUNTED} counted too, over random rows no. $i`,
    async ({ rows, i }) => {
      await Promise.all(worlds.map(({ database, entities }) => store(database, entities, rows)));
      const batch = fc.array(wireSpecArbitrary.filter(isAccepted), { minLength: BATCH, maxLength: BATCH });
      const property = fc.asyncProperty(batch, async inputs => {
        const questions = inputs.map(input => questionOf(input, rows));
        const differences = await Promise.all(worlds.map(world => differencesOf(world, questions)));
        expect(differences.flat()).toEqual([]);
      });
      await fc.assert(property, { numRuns: runs, seed: SEED + i });
    },
    20 * 60_000,
  );
});

/** A spec as a caller writes it, and what the oracle has. */
interface Question {
  readonly input: object;
  readonly ids: readonly number[];
  readonly count: number;
}

function questionOf(input: object, rows: Rows): Question {
  const spec = parse(input);
  return { input, ids: idsOf(spec, rows), count: countOf(spec, rows) };
}

/** The specs of which a database says something else. */
async function differencesOf({ database, query }: World, questions: readonly Question[]): Promise<object[]> {
  const differences: object[] = [];
  for (const [i, { input, ...expected }] of questions.entries()) {
    if (!database.joins && sortsByRelated(input)) continue;
    const spec = query.parse(input);
    const em = database.orm.em.fork();
    const ids = (await query.find(em, spec)).map(({ id }) => id);
    const count = i % COUNTED === 0 ? await query.count(em, spec) : expected.count;
    if (!isDeepStrictEqual({ ids, count }, expected)) {
      differences.push({ database: database.name, input, ids, count, expected });
    }
  }
  return differences;
}

/** Some are refused: a range from high to low, for one. */
function isAccepted(input: object): boolean {
  try {
    parse(input);
    return true;
  } catch (error) {
    if (isQuerySpecError(error)) return false;
    throw error;
  }
}
