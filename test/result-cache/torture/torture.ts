import { isDeepStrictEqual } from 'node:util';

import { getResultCache, type ResultCache } from '@mikro-kit/result-cache';
import type { MikroORM } from '@mikro-orm/core';

import { itemIds } from './ids.ts';
import { type Bound, type ItemState, Model } from './model.ts';
import { Random } from './random.ts';
import { NEVER, type Seen, type Ways } from './ways.ts';

/** What a run did. `stale` must be empty. */
export interface Report {
  reads: number;
  writes: number;
  hits: number;
  readonly stale: string[];
}

/** Stands for a process. */
export interface Process<Em> {
  readonly orm: MikroORM;
  /** An EntityManager of its own. */
  fork(): Em;
}

/** All processes share one database and one store. */
export interface TortureOptions<Em> {
  readonly processes: readonly Process<Em>[];
  readonly ways: Ways<Em>;
  readonly seconds: number;
  readonly seed: number;
  readonly writers: number;
  readonly readers: number;
  /** How far a reader may be behind, in milliseconds. Default 0. */
  readonly maxStaleMs?: number;
}

/** Writes and reads in every way at once, and tells what a reader saw that was older than what it had to see. */
export async function torture<Em>(options: TortureOptions<Em>): Promise<Report> {
  const { processes, ways, seconds, seed, writers, readers, maxStaleMs = 0 } = options;
  const model = new Model(itemIds);
  const report: Report = { reads: 0, writes: 0, hits: 0, stale: [] };
  const end = performance.now() + seconds * 1_000;
  const goesOn = (): boolean => performance.now() < end && report.stale.length < 10;
  const worker = async (at: number, work: Work<Em>): Promise<void> => {
    const random = new Random(seed + at);
    const process = processes[at % processes.length];
    if (!process) return;
    while (goesOn()) {
      await work(process.fork(), { random, model, report, maxStaleMs, cache: getResultCache(process.orm) });
      // A hit in memory is all microtasks, which would leave the others no turn.
      await new Promise(setImmediate);
    }
  };
  await Promise.all([
    ...Array.from({ length: writers }, (_, at) => worker(at, (em, turn) => write(em, ways, turn))),
    ...Array.from({ length: readers }, (_, at) => worker(1_000 + at, (em, turn) => read(em, ways, turn))),
  ]);
  report.hits = processes.reduce((sum, { orm }) => sum + getResultCache(orm).stats().hits, 0);
  return report;
}

interface Turn {
  readonly random: Random;
  readonly model: Model;
  readonly report: Report;
  readonly maxStaleMs: number;
  readonly cache: ResultCache;
}

type Work<Em> = (em: Em, turn: Turn) => Promise<void>;

async function write<Em>(em: Em, ways: Ways<Em>, { random, model, report }: Turn): Promise<void> {
  const bulk = random.next() < 0.03;
  const id = random.pick(itemIds);
  await (bulk
    ? writeAll(em, ways, model)
    : model.write([id], async ([state]) => (state ? [await ways.writeOne(em, id, state, random)] : [])));
  report.writes++;
  // Leaves the readers moments in which nothing is written, so that there are hits to be wrong about.
  for (let pause = Math.floor(random.next() * 40); pause > 0; pause--) await new Promise(setImmediate);
}

function writeAll<Em>(em: Em, ways: Ways<Em>, model: Model): Promise<void> {
  return model.write(itemIds, async states => {
    await ways.countAllOn(em);
    return states.map(state => (state.exists ? { ...state, version: state.version + 1 } : state));
  });
}

async function read<Em>(
  em: Em,
  { reads }: Ways<Em>,
  { random, model, report, maxStaleMs, cache }: Turn,
): Promise<void> {
  const how = random.pick(Object.keys(reads));
  const id = random.pick(itemIds);
  const bounds = new Map(itemIds.map(item => [item, model.bound(item, maxStaleMs)]));
  const found = (await reads[how]?.(em, id, cache)) ?? [];
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
