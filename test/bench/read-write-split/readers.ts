import { getReadWriteSplit, readWriteSplit, type ReadWriteSplitOptions } from '@mikro-kit/read-write-split';
import { defineEntity, MikroORM, p, type Options } from '@mikro-orm/postgresql';

import { until } from '../../servers/index.ts';
import type { SqlOptions } from '../../servers/sql-options.ts';
import type { Variant } from '../bench.ts';

const ROWS = 100;

/** An ORM on servers, and what reads one row by it. */
export interface Reader {
  readonly orm: MikroORM;
  readonly find: Variant;
}

/**
 * Cities of its own, whose rows others have written, as for most who read.
 *
 * @param split without, the host routes by itself
 */
export async function openReader(servers: SqlOptions, split?: ReadWriteSplitOptions): Promise<Reader> {
  await writeCities(servers);
  const extensions: NonNullable<Options['extensions']> = split ? [readWriteSplit(split)] : [];
  const City = cityEntity();
  const orm = await MikroORM.init({ entities: [City], ...servers, extensions });
  let calls = 0;
  const find: Variant = () => {
    const id = calls++ % ROWS;
    const fork = orm.em.fork();
    return () => fork.findOneOrFail(City, id);
  };
  return { orm, find };
}

/** One each: an entity that two ORMs shared would carry the metadata of the later one. */
function cityEntity() {
  return defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });
}

async function writeCities(servers: SqlOptions): Promise<void> {
  const City = cityEntity();
  const orm = await MikroORM.init({ entities: [City], ...servers });
  await orm.schema.update();
  const cities = Array.from({ length: ROWS }, (_, id) => ({ id, name: `City ${id}` }));
  await orm.em.fork().upsertMany(City, cities);
  await orm.close(true);
}

/** What readers that never rest have seen. */
export interface Reading {
  readonly reads: number;
  readonly failed: number;
  readonly p99Ms: number;
}

/** Has so many readers read while `meanwhile` runs. */
export async function readWhile(
  { find }: Reader,
  readers: number,
  meanwhile: () => Promise<unknown>,
): Promise<Reading> {
  const took: number[] = [];
  let failed = 0;
  const stop = new AbortController();
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const call = find();
      const start = performance.now();
      try {
        await call();
        took.push(performance.now() - start);
      } catch {
        failed++;
      }
    }
  };
  const running = Array.from({ length: readers }, loop);
  await meanwhile();
  stop.abort();
  await Promise.all(running);
  took.sort((a, b) => a - b);
  return { reads: took.length, failed, p99Ms: took[Math.floor(took.length * 0.99)] ?? 0 };
}

/** Milliseconds from now until a node is out. */
export async function untilOut({ orm }: Reader, node: string, fault: () => Promise<void>): Promise<number> {
  const start = performance.now();
  let outAt = 0;
  const stop = getReadWriteSplit(orm).on('ejected', event => {
    if (event.node === node) outAt ||= performance.now();
  });
  await fault();
  await until(() => outAt > 0, { what: `${node} to be out` });
  stop();
  return outAt - start;
}
