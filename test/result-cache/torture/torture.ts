import { isDeepStrictEqual } from 'node:util';

import { getResultCache } from '@mikro-kit/result-cache';
import type { SqlMikroORM } from '@mikro-orm/sql';

import { Box, boxIds, boxOf, Item, itemIds, Tag, tagIds } from './entities.ts';
import { type Bound, type ItemState, Model } from './model.ts';
import { Random } from './random.ts';
import { reads, type Seen } from './readers.ts';
import { NEVER, writeOne } from './writers.ts';

/** What a run did. `stale` must be empty. */
export interface Report {
  reads: number;
  writes: number;
  hits: number;
  readonly stale: string[];
}

/** Each orm stands for a process; all share one database and one store. */
export interface TortureOptions {
  readonly orms: readonly SqlMikroORM[];
  readonly seconds: number;
  readonly seed: number;
  readonly writers: number;
  readonly readers: number;
}

/** Fills an empty schema. */
export async function seedItems(orm: SqlMikroORM): Promise<void> {
  const em = orm.em.fork();
  await em.insertMany(
    Box,
    boxIds.map(id => ({ id, version: 1 })),
  );
  await em.insertMany(
    Tag,
    tagIds.map(id => ({ id })),
  );
  await em.insertMany(
    Item,
    itemIds.map(id => ({ id, version: 1, box: boxOf(id) })),
  );
}

/** Writes and reads in every way at once, and tells what a reader saw that was older than what it had to see. */
export async function torture({ orms, seconds, seed, writers, readers }: TortureOptions): Promise<Report> {
  const model = new Model(itemIds);
  const report: Report = { reads: 0, writes: 0, hits: 0, stale: [] };
  const end = performance.now() + seconds * 1_000;
  const goesOn = (): boolean => performance.now() < end && report.stale.length < 10;
  const worker = async (at: number, work: (orm: SqlMikroORM, random: Random) => Promise<void>): Promise<void> => {
    const random = new Random(seed + at);
    const orm = orms[at % orms.length];
    if (!orm) return;
    while (goesOn()) {
      await work(orm, random);
      // A hit in memory is all microtasks, which would leave the others no turn.
      await new Promise(setImmediate);
    }
  };
  await Promise.all([
    ...Array.from({ length: writers }, (_, at) => worker(at, (orm, random) => write(orm, random, model, report))),
    ...Array.from({ length: readers }, (_, at) =>
      worker(1_000 + at, (orm, random) => read(orm, random, model, report)),
    ),
  ]);
  report.hits = orms.reduce((sum, orm) => sum + getResultCache(orm).stats().hits, 0);
  return report;
}

async function write(orm: SqlMikroORM, random: Random, model: Model, report: Report): Promise<void> {
  const bulk = random.next() < 0.03;
  const id = random.pick(itemIds);
  await (bulk
    ? writeAll(orm, model)
    : model.write([id], async ([state]) => {
        if (!state) return [];
        const written = await writeOne(orm.em.fork(), id, state, random);
        return [written.state];
      }));
  report.writes++;
  // Leaves the readers moments in which nothing is written, so that there are hits to be wrong about.
  for (let pause = Math.floor(random.next() * 40); pause > 0; pause--) await new Promise(setImmediate);
}

function writeAll(orm: SqlMikroORM, model: Model): Promise<void> {
  return model.write(itemIds, async states => {
    await orm.em.fork().execute('update item set version = version + 1');
    return states.map(state => (state.exists ? { ...state, version: state.version + 1 } : state));
  });
}

async function read(orm: SqlMikroORM, random: Random, model: Model, report: Report): Promise<void> {
  const how = random.pick(Object.keys(reads));
  const id = random.pick(itemIds);
  const bounds = new Map(itemIds.map(item => [item, model.bound(item)]));
  const found = (await reads[how]?.(orm.em.fork(), id)) ?? [];
  report.reads++;
  for (const item of found) {
    const bound = bounds.get(item.id);
    const wrong = bound && staleness(item, bound, model.wasQuiet(item.id, bound));
    if (wrong) report.stale.push(`${how}: item ${item.id}: ${wrong}`);
  }
}

/** What is wrong with what was seen, if anything is. */
function staleness(seen: Seen, { state }: Bound, quiet: boolean): string | undefined {
  if (seen.version === NEVER) return 'rows of a transaction that was rolled back';
  if (seen.version !== undefined && seen.version < state.version)
    return `version ${seen.version} after ${state.version}`;
  if (!quiet) return undefined;
  const { tags, hasPart, exists, version } = state;
  const should: Partial<ItemState> = {
    ...(seen.exists !== undefined && { exists }),
    ...(seen.version !== undefined && { version }),
    ...(seen.tags && { tags }),
    ...(seen.hasPart !== undefined && { hasPart }),
  };
  const { id: _id, ...is } = seen;
  return isDeepStrictEqual(is, should) ? undefined : `${JSON.stringify(is)} instead of ${JSON.stringify(should)}`;
}
