import type { EntityName, MikroORM } from '@mikro-orm/core';

import type { Explanation } from './cached-reads.ts';
import { installCache } from './install-cache.ts';
import { memoryStore } from './memory-store.ts';
import { ResultCacheError } from './result-cache-error.ts';
import type { CacheStatistics } from './statistics.ts';
import type { CacheStore } from './store.ts';

/** Options of {@link resultCache}. Durations in milliseconds. */
export interface ResultCacheOptions {
  /** Where entries and stamps live. Belongs to one ORM, which closes it. Default: a `memoryStore()`. */
  readonly store?: CacheStore;
  /** How long an entry may be served when nothing was written, unless its annotation or the call says otherwise. Default 60,000. */
  readonly expiration?: number;
  /** Whether reads use the cache. Can be changed later: `getResultCache(orm).enabled = false`. Default true. */
  readonly enabled?: boolean;
  /**
   * How long a writer's hold lives in the store when the writer never ends it, because its process died. A commit must
   * not take longer than that. Default 10,000.
   */
  readonly holdMs?: number;
}

/** The result cache of one ORM. */
export interface ResultCache {
  /** Kill switch: `false` sends every read to the database. Writes keep invalidating, so it can be turned on again at any time. */
  enabled: boolean;
  /** What the cache has done so far. */
  stats(): CacheStatistics;
  /**
   * Has every entry that depends on an entity's table, or carries a tag, loaded anew. For writes that this process's ORM
   * does not see: another program's, a trigger's.
   *
   * @throws ResultCacheError `NOT_MAPPED`
   */
  invalidate(target: EntityName | { readonly tag: string }): Promise<void>;
  /** Has everything loaded anew, and gives the room of the entries back. */
  clear(): Promise<void>;
  /** Runs a call and tells what the cache did with each statement that it sent for annotated entities. */
  explain(call: () => Promise<unknown>): Promise<readonly Explanation[]>;
}

const NAME = '@mikro-kit/result-cache';

/**
 * Answers reads of annotated entities (`cacheable`, `@Cacheable`) from a cache that is never older than the last commit
 * this package could see. An extension for `extensions: [resultCache()]`.
 *
 * @throws ResultCacheError `INVALID_OPTION`
 */
export function resultCache(options: ResultCacheOptions = {}): { register(orm: MikroORM): void } {
  const { expiration = 60_000, holdMs = 10_000, enabled = true } = options;
  refuseUnlessPositive({ expiration, holdMs });
  return {
    register(orm) {
      const cache = installCache(orm, { expiration, holdMs, enabled, store: options.store ?? memoryStore() });
      orm.config.registerExtension(NAME, () => cache);
    },
  };
}

/**
 * The result cache that was registered with this ORM.
 *
 * @throws ResultCacheError `NOT_REGISTERED`
 */
export function getResultCache(orm: MikroORM): ResultCache {
  const found: unknown = orm.config.getExtension(NAME);
  if (isResultCache(found)) return found;
  throw new ResultCacheError(
    'NOT_REGISTERED',
    'No result cache is registered with this ORM; add `extensions: [resultCache()]` to its options.',
  );
}

function refuseUnlessPositive(durations: Record<string, number>): void {
  for (const [name, value] of Object.entries(durations)) {
    if (value > 0) continue;
    throw new ResultCacheError(
      'INVALID_OPTION',
      `resultCache: ${name} must be more than 0 milliseconds, got ${value}.`,
    );
  }
}

function isResultCache(value: unknown): value is ResultCache {
  return typeof value === 'object' && value !== null && 'stats' in value && 'invalidate' in value && 'explain' in value;
}
