import { ensureTap } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import { replicasOf } from './nodes/replicas.ts';
import type { ReadWriteSplit } from './read-write-split-api.ts';
import { ReadWriteSplitError } from './read-write-split-error.ts';
import { resolveOptions, type ReadWriteSplitOptions } from './read-write-split-options.ts';
import { ReadWriteRouter } from './route/read-write-router.ts';
import { guardReplicas, watchWrites } from './route/watch-writes.ts';

const NAME = '@mikro-kit/read-write-split';

/**
 * The extension: put it in MikroORM's `extensions` next to `replicas`, reach it with {@link getReadWriteSplit}.
 * @throws ReadWriteSplitError `INVALID_OPTION`, or `NOT_AVAILABLE` for what a later version will bring
 */
export function readWriteSplit(options: ReadWriteSplitOptions = {}): { register(orm: MikroORM): void } {
  const resolved = resolveOptions(options);
  return { register: orm => install(orm, resolved) };
}

/** The read/write split of an ORM. @throws ReadWriteSplitError `NOT_REGISTERED` */
export function getReadWriteSplit(orm: MikroORM): ReadWriteSplit {
  const split: unknown = orm.config.getExtension(NAME);
  if (isSplit(split)) return split;
  const remedy = "add readWriteSplit() to MikroORM's `extensions`";
  throw new ReadWriteSplitError('NOT_REGISTERED', `This ORM has no read/write split; ${remedy}.`);
}

// Structural, so that a second installed copy finds the split of the first.
function isSplit(value: unknown): value is ReadWriteSplit {
  return typeof value === 'object' && value !== null && 'explain' in value && 'read' in value && 'write' in value;
}

function install(orm: MikroORM, options: Required<ReadWriteSplitOptions>): void {
  const replicas = replicasOf(orm);
  // `enabled`: the host prints warnings only in debug mode otherwise.
  const warn = (message: string): void =>
    orm.config.getLogger().warn('info', `read-write-split: ${message}`, { enabled: true });
  const router = new ReadWriteRouter(orm, options, replicas === 'unknown' ? [] : replicas, warn);
  orm.config.registerExtension(NAME, () => router);
  if (replicas === 'unknown') {
    return warn(`${orm.driver.constructor.name} made no connection for each replica; it is off.`);
  }
  if (replicas.length === 0) return;
  routeReads(orm, router);
  const tap = ensureTap(orm);
  watchWrites(tap, () => router.wrote());
  guardReplicas(tap, () => router.enabled);
}

function routeReads({ driver }: MikroORM, router: ReadWriteRouter): void {
  const host = driver.getConnection.bind(driver);
  driver.getConnection = type => {
    if (type !== 'read' || !router.enabled) return host(type);
    return router.connectionForRead() ?? host('write');
  };
}
