import type { EntityName, MikroORM } from '@mikro-orm/core';
import { LRUCache } from 'lru-cache';

import type { Dependency, TableDependency } from '../dependency.ts';
import { canonical } from '../entries/canonical.ts';
import { withExpirations, type Lifetime } from '../entries/lifetime.ts';
import { haveSameItems } from '../entries/same-items.ts';
import type { CachedReads } from '../reads/cached-reads.ts';
import type { DescribedRead } from '../reads/described-read.ts';
import type { WantedRead } from '../reads/wanted-read.ts';
import { ResultCacheError } from '../result-cache-error.ts';
import type { WatchedTables } from '../writes/watched-tables.ts';
import { tableOf } from './table-of.ts';

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

/** What the plans of one ORM are made from. */
export interface WrapPlansContext {
  readonly orm: MikroORM;
  readonly reads: Pick<CachedReads, 'wanted'>;
  readonly watched: WatchedTables;
  readonly lifetime: Lifetime;
  readonly source: () => string;
}

/** What the options were that a plan was made from. Copied: the caller may change its lists later. */
interface Said {
  readonly expiration: number | undefined;
  readonly negativeExpiration: number | undefined;
  readonly earlyRefresh: number | undefined;
  readonly tags: readonly string[];
  readonly dependsOn: readonly (EntityName | string)[];
}

/** What a call of `wrap` looks for, and the tables that its result changes with. */
export interface WrapPlan {
  readonly wanted: WantedRead;
  readonly tables: readonly TableDependency[];
}

interface KnownPlan {
  readonly plan: WrapPlan;
  readonly source: string;
  readonly said: Said;
}

const MAX_PLANS = 1_000;
/** Longer keys are not met again. */
const MAX_CHARS = 1_000;

/** Plans of calls. Most are made again with the same key and options, so the last ones are remembered. */
export class WrapPlans {
  readonly #context: WrapPlansContext;
  readonly #plans = new LRUCache<string, KnownPlan>({ max: MAX_PLANS });

  constructor(context: WrapPlansContext) {
    this.#context = context;
  }

  /** @throws ResultCacheError `NO_KEY`, `NOT_MAPPED`, `NOT_WATCHED` */
  of(key: WrapKey, options: WrapOptions): WrapPlan {
    const identity = canonical(typeof key === 'string' ? [key] : key);
    const name = typeof key === 'string' ? key : key[0];
    if (identity === undefined) throw noKey(name);
    const source = this.#context.source();
    const known = this.#plans.get(identity);
    if (known?.source === source && isSame(known.said, options)) return known.plan;
    const plan = this.#made(name, `wrap ${identity}`, options);
    if (identity.length <= MAX_CHARS) this.#plans.set(identity, { plan, source, said: saidIn(options) });
    return plan;
  }

  #made(name: string, identity: string, options: WrapOptions): WrapPlan {
    const { orm, reads, watched, lifetime } = this.#context;
    const { dependsOn = [], tags = [], earlyRefresh = 0 } = options;
    const tables = [...new Set(dependsOn.map(target => tableOf(target, orm)))];
    for (const table of tables) watched.watch(table);
    const labels: Dependency[] = [`key:${name}`, ...tags.map((tag): Dependency => `tag:${tag}`)];
    const policy = { lifetime: { ...withExpirations(lifetime, options), earlyRefresh }, labels, session: undefined };
    const wanted = reads.wanted({ identity, required: tables, ...ALL_ROWS }, policy);
    if (!wanted) throw noKey(name);
    return { wanted, tables };
  }
}

const ALL_ROWS: Pick<DescribedRead, 'unlessComplete' | 'isComplete'> = { unlessComplete: [], isComplete: () => true };

function isSame(said: Said, options: WrapOptions): boolean {
  const { tags = [], dependsOn = [] } = options;
  return (
    said.expiration === options.expiration &&
    said.negativeExpiration === options.negativeExpiration &&
    said.earlyRefresh === options.earlyRefresh &&
    haveSameItems(said.tags, tags) &&
    haveSameItems(said.dependsOn, dependsOn)
  );
}

function saidIn({ expiration, negativeExpiration, earlyRefresh, tags = [], dependsOn = [] }: WrapOptions): Said {
  return { expiration, negativeExpiration, earlyRefresh, tags: [...tags], dependsOn: [...dependsOn] };
}

function noKey(name: string): ResultCacheError {
  return new ResultCacheError(
    'NO_KEY',
    `wrap: the values in the key of "${name}" have no exact text; give strings, numbers, dates or plain objects of them.`,
  );
}
