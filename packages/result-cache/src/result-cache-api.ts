import type { EntityName } from '@mikro-orm/core';

import type { L1Options } from './entries/l1.ts';
import type { Explanation } from './reads/explanations.ts';
import type { CacheEvents } from './reads/shadow.ts';
import type { CacheStatistics } from './statistics.ts';
import type { CacheStore } from './store/store.ts';
import type { WrapKey, WrapOptions } from './wrap/wrap-plans.ts';

/** Options of `resultCache`. Durations in milliseconds. */
export interface ResultCacheOptions {
  /** Where entries and stamps live. ORMs of one process can share it; the last one to close closes it. Default: a `memoryStore()` of its own. */
  readonly store?: CacheStore;
  /** How long an entry may be served when nothing was written, unless its annotation or the call says otherwise. Default 60,000. */
  readonly expiration?: number;
  /**
   * How long an entry that says that there is nothing (`null`, `[]`, a count of 0) may be served when nothing was written;
   * no longer than another. Default 10,000.
   */
  readonly negativeExpiration?: number;
  /** The share, from 0 to 1, by which entries may expire earlier, so that not all expire at once. Default 0.1. */
  readonly jitter?: number;
  /**
   * How eagerly the rows of entities are loaded anew in the background before their entry expires, by a read that hits: 1
   * is usual, more is earlier, 0 is never. Results of `wrap` have an option of their own. Default 0.
   */
  readonly earlyRefresh?: number;
  /** Bytes of the largest entry that is kept, in any tier, before it is compressed. Default 8 MiB. */
  readonly maxEntryBytes?: number;
  /** A tier in this process's memory before a store that is shared. Default none. */
  readonly l1?: L1Options;
  /** Whether reads use the cache. Can be changed later: `getResultCache(orm).enabled = false`. Default true. */
  readonly enabled?: boolean;
  /**
   * What is believed of `l1`. `strict`: nothing; the store is asked each time whether an entry is still valid. `bounded`:
   * an entry that was valid less than `maxStaleMs` ago, unless its change was heard of; the writes of this process are
   * seen at once. Without `l1` both are the same. Default `strict`.
   */
  readonly consistency?: 'strict' | 'bounded';
  /** How old what `bounded` serves can be. Default 1,000. */
  readonly maxStaleMs?: number;
  /**
   * How long others wait for the one who loads what they want, too, before the next of them loads it: those of this process,
   * and, where the store grants leases, those of others. 0: nobody waits. Default 2,000.
   */
  readonly leaseMs?: number;
  /**
   * Where misses of annotated entities are loaded from when there are `replicas`. `replicas`: with
   * `@mikro-kit/read-write-split`, from one that has replayed everything that was committed before, for which the primary is
   * asked where it stands; from the primary where there is none, and on MongoDB. Default `primary`.
   */
  readonly loadFrom?: 'primary' | 'replicas';
  /**
   * What becomes of a write of which the store cannot be told before. `proceed`: it goes on, and until the store can be
   * told of it afterwards other processes may serve what was there before. `refuse`: it fails with a `StatementRefused`
   * before anything was written. Default `proceed`.
   */
  readonly onUnreachable?: 'proceed' | 'refuse';
  /** How long one call of the store is waited for. Default 1,000. */
  readonly storeDeadlineMs?: number;
  /** The share of hits, from 0 to 1, that is compared with the database; differences are reported. Default 0. */
  readonly shadow?: number;
  /**
   * Functions of the database, by name, whose results change with nothing but their arguments and the rows that the
   * statement or `dependsOn` names. A statement that calls another function that is not known is not cached. Default none.
   */
  readonly pureFunctions?: readonly string[];
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
   * Has every entry that depends on an entity's table, on one row of it, on a tag, or on a named key loaded anew. For
   * writes that this process's ORM does not see: another program's, a trigger's.
   *
   * @throws ResultCacheError `NOT_MAPPED`
   */
  invalidate(target: InvalidationTarget): Promise<void>;
  /** Has everything loaded anew, and gives the room of the entries back. */
  clear(): Promise<void>;
  /** Runs a call and tells what the cache did with each statement that it sent for annotated entities, and why. */
  explain(call: () => Promise<unknown>): Promise<readonly Explanation[]>;
  /**
   * What `fn` resolves with, kept under `key` until it expires, or something is written on which it depends. A result
   * comes back as a copy: of plain objects, arrays, Date, bigint, bytes, Map and Set. What is not made of those, such as
   * entities, is never kept: return plain data. Nor is what is made inside a transaction.
   *
   * @throws ResultCacheError `NO_KEY`, `NOT_MAPPED`, `NOT_WATCHED`, and whatever `fn` throws
   */
  wrap<T>(key: WrapKey, fn: () => Promise<T> | T, options?: WrapOptions): Promise<T>;
  /** Has `listener` told of an event. Returns the function that removes it. */
  on<Name extends keyof CacheEvents>(name: Name, listener: (event: CacheEvents[Name]) => void): () => void;
}

/** An entity, one row of it by its primary key, a tag, or the name of a key (of `wrap`, or of the host's `cache` option). */
export type InvalidationTarget =
  | EntityName
  | readonly [entity: EntityName, id: string | number | bigint]
  | { readonly tag: string }
  | string;
