import { hash } from 'node:crypto';

import { ALL, type Dependency } from '../dependency.ts';
import { canonical } from '../entries/canonical.ts';
import { isDueEarly } from '../entries/lifetime.ts';
import type { Found, Hit, Missing, Tiers } from '../entries/tiers.ts';
import type { BypassReason, Statistics } from '../statistics.ts';
import type { WriteLedger } from '../writes/write-ledger.ts';
import type { Describe, DescribedRead } from './described-read.ts';
import type { Explanations } from './explanations.ts';
import type { Flights } from './flights.ts';
import type { Loader, Loads } from './loads.ts';
import type { ReadPolicy, ReadScope } from './read-scope.ts';
import type { Shadow } from './shadow.ts';
import type { WantedRead } from './wanted-read.ts';

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

  /** {@link read}, described when it is looked up and kept as `scope` says. */
  readIn(scope: ReadScope, describe: Describe, loader: Loader, signal: AbortSignal | undefined): Promise<unknown> {
    if (scope.kind === 'bypassed') return this.#readPast(scope, loader, signal);
    const want = (): WantedRead | BypassReason => {
      const read = describe();
      return typeof read === 'string' ? read : (this.wanted(read, scope.policy) ?? 'no key');
    };
    return this.read(want, loader, signal);
  }

  /** The rows that `loader` would give: those of an entry that is still valid, or those of the database. */
  async read(want: () => WantedRead | BypassReason, loader: Loader, signal: AbortSignal | undefined): Promise<unknown> {
    signal?.throwIfAborted();
    const { tiers, flights, loads, statistics, isEnabled } = this.#context;
    const wanted = isEnabled() ? want() : 'disabled';
    if (typeof wanted === 'string') return this.#goPast(wanted, loader);
    const { landings } = flights;
    let found: Found;
    try {
      found = await tiers.find(wanted);
    } catch (error) {
      statistics.failed(error);
      return this.#goPast('store failed', loader);
    }
    if (found.kind === 'busy') return this.#goPast('write in flight', loader);
    this.#note(found);
    if (found.kind === 'hit') return this.#answer(wanted, found, loader);
    return loads.once({ ...wanted, missing: found, landings, loader, signal });
  }

  /** What to look for; undefined where a part of it has no exact text. */
  wanted(read: DescribedRead, policy: ReadPolicy): WantedRead | undefined {
    const dependencies: Dependency[] = [ALL, ...policy.labels, ...read.required, ...read.unlessComplete];
    const session = canonical(policy.session);
    if (read.identity === undefined || session === undefined) return undefined;
    const parts = `${listed(dependencies)} ${session.length}:${session} ${read.identity}`;
    const key = hash('sha256', `${KEY_VERSION} ${this.#context.source()} ${parts}`, 'base64url');
    return { key, read, dependencies, policy };
  }

  /** Tells of a read that cannot be cached and is not made through {@link read}. */
  bypass(reason: BypassReason): void {
    this.#context.statistics.bypassed(reason);
    this.#context.explanations.note(() => ({ kind: 'bypass', reason }));
  }

  #goPast(reason: BypassReason, loader: Loader): Promise<unknown> {
    this.bypass(reason);
    return loader.load('answer');
  }

  async #readPast(
    { annotated, reason }: ReadScope & { kind: 'bypassed' },
    loader: Loader,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    if (!annotated) return loader.load('answer');
    signal?.throwIfAborted();
    return this.#goPast(reason, loader);
  }

  #answer(wanted: WantedRead, hit: Hit, loader: Loader): unknown {
    const { shadow, loads } = this.#context;
    if (shadow.picks()) return this.#compared(wanted, hit, loader);
    const { madeAt, lifetimeMs, loadMs } = hit.entry;
    const { lifetime } = wanted.policy;
    if (lifetime.earlyRefresh > 0 && isDueEarly(lifetime, loadMs, madeAt + lifetimeMs - Date.now())) {
      loads.refresh(wanted, hit, loader);
    }
    return hit.rows;
  }

  /** In shadow mode a hit is worth what the database says of it. */
  async #compared(wanted: WantedRead, { entry, rows }: Hit, loader: Loader): Promise<unknown> {
    const { shadow, tiers, ledger } = this.#context;
    const { dependencies } = wanted;
    const fresh = await loader.load('fill');
    // What was read elsewhere tells nothing of the entry.
    if (loader.refusal?.()) return rows;
    const isStale = await shadow.compare(rows, fresh, () => tiers.isValid(entry, wanted), dependencies);
    if (isStale) void ledger.renew(dependencies.filter(dependency => dependency !== ALL));
    return isStale ? fresh : rows;
  }

  #note(found: Hit | Missing): void {
    const { statistics, explanations } = this.#context;
    statistics.count(found.kind === 'hit' ? 'hits' : 'misses');
    if (found.kind === 'hit' && found.tier === 'l1') statistics.count('l1Hits');
    explanations.note(() => {
      if (found.kind === 'hit') return { kind: 'hit' };
      const { changed } = found;
      return { kind: 'miss', because: changed ? 'written since' : 'no entry', ...(changed && { changed }) };
    });
  }
}

const KEY_VERSION = 4;

/** A text that no other list has. */
function listed(dependencies: readonly Dependency[]): string {
  let text = '';
  for (const dependency of dependencies) text += `${dependency.length}:${dependency}`;
  return text;
}
