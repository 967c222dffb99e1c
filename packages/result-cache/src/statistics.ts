import type { StoreSize } from './store/store.ts';

/** Why a read of an annotated entity went past the cache, in words. */
export type BypassReason =
  | 'disabled'
  | 'cache: false'
  | 'refresh'
  | 'locked read'
  | 'transaction'
  | 'replica'
  | 'write in flight'
  | 'tables unknown'
  | 'table out of reach'
  | 'not repeatable'
  | 'when'
  | 'virtual entity'
  | 'no key'
  | 'loaded before'
  | 'rows not encodable'
  | 'too large'
  | 'store failed';

/** What one ORM's cache has done since it was registered. Counts are of statements: one `find` can be several. */
export interface CacheStatistics {
  /** Reads answered without the database. */
  readonly hits: number;
  /** Reads that were looked up in vain. */
  readonly misses: number;
  /** Misses that were answered by what another call, or another process, was loading. */
  readonly joined: number;
  /** Entries that were made anew in the background before they expired. */
  readonly refreshes: number;
  /** Entries written after a miss. */
  readonly fills: number;
  /** Writes and invalidations after which something was renewed. */
  readonly bumps: number;
  /** Dependencies whose renewal the store has not accepted yet; reads that depend on them go to the database. */
  readonly undelivered: number;
  /** Hits that shadow mode compared with the database, and those of them that differed. */
  readonly compared: number;
  readonly stale: number;
  /** Whether the store is used: `open` after several failures in a row, until a call that is tried succeeds. */
  readonly breaker: 'closed' | 'open' | 'half-open';
  /** Reads that went past the cache, by reason. Those of entities without an annotation are not counted. */
  readonly bypassed: Readonly<Partial<Record<BypassReason, number>>>;
  /** Calls of the store that failed, and the message of the last one. */
  readonly failures: number;
  readonly lastFailure?: string;
  /** What the store holds; absent where the store cannot say. */
  readonly entries?: number;
  readonly bytes?: number;
  /** Where there is a tier in memory before the store: what each of them had, of what it was looked for in. */
  readonly tiers?: { readonly l1: TierStatistics & StoreSize; readonly l2: TierStatistics };
}

/** How often one tier had a valid entry, and how often it had not. */
export interface TierStatistics {
  readonly hits: number;
  readonly misses: number;
}

/** `l1`: in memory, before the store; `l2`: the store. */
export type Tier = 'l1' | 'l2';

type Count = 'hits' | 'l1Hits' | 'misses' | 'joined' | 'refreshes' | 'fills' | 'bumps' | 'compared' | 'stale';

/** The counters of one cache. */
export class Statistics {
  readonly #counts: Record<Count, number> = {
    hits: 0,
    l1Hits: 0,
    misses: 0,
    joined: 0,
    refreshes: 0,
    fills: 0,
    bumps: 0,
    compared: 0,
    stale: 0,
  };
  readonly #bypassed: Partial<Record<BypassReason, number>> = {};
  #failures = 0;
  #lastFailure: string | undefined;

  count(what: Count): void {
    this.#counts[what]++;
  }

  bypassed(reason: BypassReason): void {
    this.#bypassed[reason] = (this.#bypassed[reason] ?? 0) + 1;
  }

  /** What was found in which tier: what the first has not is looked for in the second. */
  tiers(): Readonly<Record<Tier, TierStatistics>> {
    const { hits, l1Hits, misses } = this.#counts;
    return { l1: { hits: l1Hits, misses: hits - l1Hits + misses }, l2: { hits: hits - l1Hits, misses } };
  }

  failed(error: unknown): void {
    this.#failures++;
    this.#lastFailure = error instanceof Error ? error.message : String(error);
  }

  snapshot(): Omit<CacheStatistics, 'undelivered' | 'breaker' | 'entries' | 'bytes' | 'tiers'> {
    const { l1Hits: _, ...counts } = this.#counts;
    return {
      ...counts,
      bypassed: { ...this.#bypassed },
      failures: this.#failures,
      ...(this.#lastFailure !== undefined && { lastFailure: this.#lastFailure }),
    };
  }
}
