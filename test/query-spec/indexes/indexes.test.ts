import { type MissingIndex, QuerySpecError } from '@mikro-kit/query-spec';
import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import { describeWithAny } from '../../servers/index.ts';
import type { Database } from '../databases.ts';
import { type IndexedWorld, type Plans, openIndexedWorld } from './open-world.ts';
import { authorSpec, postSpec } from './specs.ts';
import type { Index } from './world.ts';

/** `QUERY_SPEC_RUNS=100000` for more, `QUERY_SPEC_SEED` to repeat. */
const RUNS = Math.ceil(Number(process.env['QUERY_SPEC_RUNS'] ?? 10_000) / 40);
const SEED = Number(process.env['QUERY_SPEC_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** MySQL has 64 for a table. */
const MOST_ADDED = 40;

const SPECS = [
  ...fc.sample(postSpec, { numRuns: RUNS, seed: SEED }).map(input => ({ of: 'posts', input }) as const),
  ...fc.sample(authorSpec, { numRuns: RUNS / 5, seed: SEED }).map(input => ({ of: 'authors', input }) as const),
];
type Spec = (typeof SPECS)[number];
const KEYS = { posts: 'id', authors: 'code' };
const ENTITIES = { posts: 'Post', authors: 'Author' };

for (const name of ['sqlite', 'postgres', 'mysql', 'mariadb'] as const) {
  const servers = name === 'sqlite' ? [] : [name];
  await describeWithAny(servers, `an index that serves a spec, by the planner of ${name} (seed ${SEED})`, () => {
    it(
      'leads to its rows in their order, and so does the one to add',
      async () => {
        await using world = await openIndexedWorld(name, {});
        const judged = SPECS.map(spec => ({ spec, missing: missingOf(world, spec) }));
        const served = judged.filter(({ missing }) => missing === undefined).map(({ spec }) => spec);
        expect(served.length).toBeGreaterThan(SPECS.length / 5);
        expect(await complaintsOf(world, served)).toEqual([]);

        const added = addedFor(judged.flatMap(({ missing = [] }) => missing));
        const isAdded = ({ code }: MissingIndex): boolean => added.some(index => index.code === code);
        const mended = judged.flatMap(({ spec, missing = [] }) =>
          missing.length > 0 && missing.every(isAdded) && !isSpoilt(name, spec) ? [{ spec, missing }] : [],
        );
        expect(mended.length).toBeGreaterThan(0);
        const further = { Post: await indexesOf('Post', added), Author: await indexesOf('Author', added) };
        await using mendedWorld = await openIndexedWorld(name, further);
        expect(mended.filter(({ spec }) => missingOf(mendedWorld, spec))).toEqual([]);
        for (const { spec, missing } of mended) {
          expect(await complaintsOf(mendedWorld, [spec], missing)).toEqual([]);
        }
      },
      10 * 60_000,
    );
  });
}

/** Indexes to add, each once, and no more than a table can have. */
function addedFor(missing: readonly MissingIndex[]): readonly MissingIndex[] {
  return [...new Map(missing.map(index => [index.code, index])).values()].slice(0, MOST_ADDED);
}

/** What a spec is refused with, if it is. */
function missingOf({ queries }: IndexedWorld, { of, input }: Spec): readonly MissingIndex[] | undefined {
  try {
    queries[of].parse(input);
    return undefined;
  } catch (error) {
    if (error instanceof QuerySpecError && error.code === 'NOT_INDEXED') return error.missingIndexes;
    throw error;
  }
}

/** MySQL combines no indexes beside one with a descending column, which another spec may have been missing. */
function isSpoilt(name: Database, { input }: Spec): boolean {
  return name === 'mysql' && /"or"|isNull/.test(JSON.stringify(input.filters ?? {}));
}

/** Reads an advice as MikroORM would. */
async function indexesOf(entity: string, missing: readonly MissingIndex[]): Promise<readonly Index[]> {
  const code = missing.filter(index => index.entity === entity).map(index => `{ ${index.code} }`);
  const text = `export default [${code.join(', ')}].flatMap(({ indexes }) => indexes)`;
  const read: { default: readonly Index[] } = await import(`data:text/javascript,${encodeURIComponent(text)}`);
  return read.default;
}

/** What a planner does that it should not have to, with indexes that were missing. */
async function complaintsOf(
  world: IndexedWorld,
  specs: readonly Spec[],
  missing: readonly MissingIndex[] = [],
): Promise<readonly object[]> {
  const complaints: object[] = [];
  for (const spec of specs) {
    const [index, ...others] = missing;
    const isOwn = index?.entity === ENTITIES[spec.of] && others.length === 0;
    const plans = await world.plansOf(spec.of, spec.input, isOwn ? index.name : undefined);
    if (isBad(world.name, spec, plans)) complaints.push({ spec, missing, plans });
  }
  return complaints;
}

function isBad(name: Database, { of, input }: Spec, { plan, ordered }: Plans): boolean {
  const asked = JSON.stringify(input.filters ?? {});
  // For what is not so, nearly all related rows may be read at once instead of those of each row.
  const scans = plan.scans.filter(alias => !(alias.startsWith('q') && /"every"|"none"/.test(asked)));
  // SQLite names no index where it goes by the primary key.
  const isScanned = scans.length > 0 && asked !== '{}' && name !== 'sqlite';
  const isScannedAndSorted = plan.sorts && (scans.length > 0 || plan.walks);
  const isSorted =
    isOrdered(name, input.orderBy, asked, KEYS[of]) && (ordered.sorts || (ordered.walks && asked !== '{}'));
  return isScanned || isScannedAndSorted || isSorted;
}

/**
 * Whether an index has to give the order. What was found in several places, or by a key, may be sorted; and so may be what is
 * the same in all fields of its order: there the default order is left.
 */
function isOrdered(name: Database, orderBy: readonly string[], asked: string, key: string): boolean {
  const all = [...orderBy.map(by => by.split(' ')[0]), key];
  const fields = all.slice(0, all.indexOf(key));
  const isEqual = (field = ''): boolean => asked.includes(`"${field}":["eq`);
  const isAsked = fields.some(field => !isEqual(field));
  // MariaDB does not see that a text in an order is one value.
  const isBlind =
    name === 'mariadb' &&
    fields.some(field => isEqual(field) && !/^(?:kind|population|score|rank|place.zip)$/.test(field ?? ''));
  return isAsked && !isBlind && !/"in"|"or"|isNull|author|"some"|"(?:id|code)":\["eq/.test(asked);
}
