import type { EntityName } from '@mikro-orm/core';

import type { Explanation } from './cached-reads.ts';
import type { CacheStatistics } from './statistics.ts';
import type { CacheStore } from './store.ts';

/** Options of `resultCache`. Durations in milliseconds. */
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
