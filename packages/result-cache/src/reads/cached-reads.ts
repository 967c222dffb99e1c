import { hash } from 'node:crypto';

import { ALL, type Dependency } from '../dependency.ts';
import { canonical } from '../entries/canonical.ts';
import { isDueEarly } from '../entries/lifetime.ts';
import type { Hit, Missing, Tiers } from '../entries/tiers.ts';
import type { BypassReason, Statistics } from '../statistics.ts';
import type { WriteLedger } from '../writes/write-ledger.ts';
import type { Describe, DescribedRead } from './described-read.ts';
import type { Explanations } from './explanations.ts';
import type { Flights } from './flights.ts';
import type { Load, Loads } from './loads.ts';
import type { ReadPolicy, ReadScope } from './read-scope.ts';
import type { Shadow } from './shadow.ts';
import type { WantedRead } from './wanted-read.ts';

type Lookup =
  | { readonly kind: 'hit'; readonly wanted: WantedRead; readonly hit: Hit }
  | { readonly kind: 'miss'; readonly wanted: WantedRead; readonly missing: Missing; readonly landings: number }
  | { readonly kind: 'bypass'; readonly reason: BypassReason };

/** What the reads of one ORM stand on. `source` can be asked once the metadata is there. */
export interface CachedReadsContext {
  readonly tiers: Tiers;
  readonly loads: Loads;
  readonly flights: Flights;
  readonly ledger: WriteLedger;
  readonly statistics: Statistics;
  readonly explanations: Explanations;
  readonly shadow: Shadow;
  readonly source: () => string;
  readonly isEnabled: () => boolean;
}

/** Answers compiled reads from the tiers, and fills these from the database. */
export class CachedReads {
  readonly #context: CachedReadsContext;

  constructor(context: CachedReadsContext) {
    this.#context = context;
  }

  /** The rows that `load` would give: those of an entry that is still valid, or those of the database. */
  async read(describe: Describe, scope: ReadScope, load: Load, signal?: AbortSignal): Promise<unknown> {
    if (scope.kind === 'bypassed' && !scope.annotated) return load('answer');
    signal?.throwIfAborted();
    const lookup = await this.#lookUp(describe, scope);
    this.#note(lookup);
    if (lookup.kind === 'bypass') return load('answer');
    if (lookup.kind === 'hit') return this.#answer(lookup, load);
    const { wanted, missing, landings } = lookup;
    return this.#context.loads.once({ ...wanted, missing, landings, load, signal });
  }

  /** Tells of a read that cannot be cached and is not made through {@link read}. */
  bypass(reason: BypassReason): void {
    this.#note({ kind: 'bypass', reason });
  }

  #lookUp(describe: Describe, scope: ReadScope): Lookup | Promise<Lookup> {
    if (scope.kind === 'bypassed') return bypass(scope.reason);
    if (!this.#context.isEnabled()) return bypass('disabled');
    const read = describe();
    if (typeof read === 'string') return bypass(read);
    const { policy } = scope;
    const dependencies: Dependency[] = [ALL, ...policy.labels, ...read.required, ...read.unlessComplete];
    const key = this.#keyOf(read, dependencies, policy);
    return key === undefined ? bypass('no key') : this.#find({ key, read, dependencies, policy });
  }

  #keyOf(
    { identity }: DescribedRead,
    dependencies: readonly Dependency[],
    { session }: ReadPolicy,
  ): string | undefined {
    const text = canonical([KEY_VERSION, this.#context.source(), session, dependencies, identity]);
    return text === undefined ? undefined : hash('sha256', text, 'base64url');
  }

  async #find(wanted: WantedRead): Promise<Lookup> {
    const { tiers, flights, statistics } = this.#context;
    const { landings } = flights;
    try {
      const found = await tiers.find(wanted);
      if (found.kind === 'busy') return bypass('write in flight');
      if (found.kind === 'hit') return { kind: 'hit', wanted, hit: found };
      return { kind: 'miss', wanted, missing: found, landings };
    } catch (error) {
      statistics.failed(error);
      return bypass('store failed');
    }
  }

  async #answer({ wanted, hit }: Lookup & { kind: 'hit' }, load: Load): Promise<unknown> {
    const { shadow, loads } = this.#context;
    if (shadow.picks()) return this.#compared(wanted, hit, load);
    const { madeAt, lifetimeMs, loadMs } = hit.entry;
    const { lifetime } = wanted.policy;
    if (lifetime.earlyRefresh > 0 && isDueEarly(lifetime, loadMs, madeAt + lifetimeMs - Date.now())) {
      loads.refresh(wanted, hit, load);
    }
    return hit.rows;
  }

  /** In shadow mode a hit is worth what the database says of it. */
  async #compared(wanted: WantedRead, { entry, rows }: Hit, load: Load): Promise<unknown> {
    const { shadow, tiers, ledger } = this.#context;
    const { dependencies } = wanted;
    const fresh = await load('fill');
    // What was read elsewhere tells nothing of the entry.
    if (wanted.read.refusal?.()) return rows;
    const isStale = await shadow.compare(rows, fresh, () => tiers.isValid(entry, wanted), dependencies);
    if (isStale) void ledger.renew(dependencies.filter(dependency => dependency !== ALL));
    return isStale ? fresh : rows;
  }

  #note(lookup: Lookup): void {
    const { statistics, explanations } = this.#context;
    if (lookup.kind === 'bypass') statistics.bypassed(lookup.reason);
    else statistics.count(lookup.kind === 'hit' ? 'hits' : 'misses');
    if (lookup.kind === 'hit' && lookup.hit.tier === 'l1') statistics.count('l1Hits');
    explanations.note(() => {
      if (lookup.kind === 'bypass') return lookup;
      if (lookup.kind === 'hit') return { kind: 'hit' };
      const { changed } = lookup.missing;
      return { kind: 'miss', because: changed ? 'written since' : 'no entry', ...(changed && { changed }) };
    });
  }
}

const KEY_VERSION = 4;

function bypass(reason: BypassReason): Lookup {
  return { kind: 'bypass', reason };
}
