import type { EntityName, MikroORM } from '@mikro-orm/core';

import { tableDependency, type Dependency, type TableDependency } from '../dependency.ts';
import { canonical } from '../entries/canonical.ts';
import { withExpirations, type Lifetime } from '../entries/lifetime.ts';
import type { CachedReads } from '../reads/cached-reads.ts';
import type { DescribedRead } from '../reads/described-read.ts';
import { ResultCacheError } from '../result-cache-error.ts';
import type { BypassReason } from '../statistics.ts';
import type { WatchedTables } from '../writes/watched-tables.ts';
import type { WrappedRuns } from './wrapped-runs.ts';

/** A name, or a name and the values that the result is different for; the name alone serves `invalidate(name)`. */
export type WrapKey = string | readonly [name: string, ...values: unknown[]];

/** How the result of a function is kept. */
export interface WrapOptions {
  /** In milliseconds. Default: that of `resultCache()`. */
  readonly expiration?: number;
  /** Of a result that says that there is nothing (`null`, `undefined`, `[]`, 0), in milliseconds. Default: that of `resultCache()`, but no more than `expiration`. */
  readonly negativeExpiration?: number;
  /**
   * How eagerly `fn` is called anew in the background before the result expires, by the call that hits: 1 is usual, more is
   * earlier, 0 is never. Not for a `fn` that needs something of its caller's that ends with the call. Default 0.
   */
  readonly earlyRefresh?: number;
  /** Ends the wait for a load that another call has begun. `fn` hears of it by itself. */
  readonly signal?: AbortSignal;
  /** Names for `invalidate({ tag })`. Default none. */
  readonly tags?: readonly string[];
  /** The entities whose tables the result is made from, or names of tables. Default none. */
  readonly dependsOn?: readonly (EntityName | string)[];
}

/** What the wrapped functions of one ORM stand on. */
export interface WrapContext {
  readonly orm: MikroORM;
  readonly reads: CachedReads;
  readonly watched: WatchedTables;
  readonly runs: WrappedRuns;
  readonly lifetime: Lifetime;
}

/** @throws ResultCacheError `NO_KEY`, `NOT_MAPPED`, `NOT_WATCHED`, and whatever `fn` throws */
export async function wrapped<T>(
  key: WrapKey,
  fn: () => Promise<T> | T,
  options: WrapOptions,
  { orm, reads, watched, runs, lifetime }: WrapContext,
): Promise<T> {
  const [name, ...values] = typeof key === 'string' ? [key] : key;
  const valuesText = canonical(values);
  if (valuesText === undefined) throw noKey(name);
  const tables = (options.dependsOn ?? []).map(target => tableOf(target, orm));
  for (const table of tables) watched.watch(table);
  const labels: Dependency[] = [`key:${name}`, ...(options.tags ?? []).map((tag): Dependency => `tag:${tag}`)];
  const { earlyRefresh = 0 } = options;
  const policy = { lifetime: { ...withExpirations(lifetime, options), earlyRefresh }, labels, session: undefined };
  let refusal: (() => BypassReason | undefined) | undefined;
  const read: DescribedRead = {
    identity: ['wrap', name, valuesText],
    required: [...new Set(tables)],
    unlessComplete: [],
    isComplete: () => true,
    refusal: () => refusal?.(),
  };
  const run = async (): Promise<T> => {
    options.signal?.throwIfAborted();
    const started = runs.of(fn, tables);
    refusal = () => started.refusal();
    return started.result;
  };
  const result = await reads.read(
    () => (orm.em.getContext(false).isInTransaction() ? 'transaction' : read),
    { kind: 'cached', policy },
    run,
    options.signal,
  );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was kept under this key is what `fn` once gave
  return result as T;
}

/** The table of an entity of this ORM. */
export function tableOf(target: EntityName | string, orm: MikroORM): TableDependency {
  if (typeof target === 'string') return tableDependency(target);
  const meta = orm.getMetadata().find(target);
  if (meta?.tableName) return tableDependency(meta.tableName);
  throw new ResultCacheError(
    'NOT_MAPPED',
    `result-cache: this ORM maps no table to ${meta?.className ?? 'what was given'}; give one of its entities.`,
  );
}

function noKey(name: string): ResultCacheError {
  return new ResultCacheError(
    'NO_KEY',
    `wrap: the values in the key of "${name}" have no exact text; give strings, numbers, dates or plain objects of them.`,
  );
}
