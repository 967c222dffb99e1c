import { hash } from 'node:crypto';

import { canonical } from './canonical.ts';
import { ALL, type Dependency } from './dependency.ts';
import type { Describe, DescribedRead } from './described-read.ts';
import { changedSince, decodeEntry, encodeEntry, nonceOf, type Entry } from './entry.ts';
import type { Explanations } from './explanations.ts';
import type { ReadPolicy, ReadScope } from './read-scope.ts';
import type { Shadow } from './shadow.ts';
import type { BypassReason, Statistics } from './statistics.ts';
import type { CacheStore, Stamp } from './store.ts';
import type { WriteLedger } from './write-ledger.ts';

/** A read whose entry is being looked for, or is to be made. */
interface Wanted {
  readonly key: string;
  readonly read: DescribedRead;
  readonly dependencies: readonly Dependency[];
  readonly policy: ReadPolicy;
}

type Lookup =
  | ({ readonly kind: 'hit'; readonly entry: Entry } & Wanted)
  /** `nonces`: of the dependencies, as they are before the rows are loaded. `changed`: why an entry that is there does not count. */
  | ({ readonly kind: 'miss'; readonly nonces: Entry['nonces']; readonly changed?: readonly Dependency[] } & Wanted)
  | { readonly kind: 'bypass'; readonly reason: BypassReason };

/** What the reads of one ORM stand on. `source` can be asked once the metadata is there. */
export interface CachedReadsContext {
  readonly store: CacheStore;
  readonly ledger: WriteLedger;
  readonly statistics: Statistics;
  readonly explanations: Explanations;
  readonly shadow: Shadow;
  readonly source: () => string;
  readonly isEnabled: () => boolean;
}

/** Gets the rows from the database. `fill`: they will be kept, so they have to come from a node that does not lag. */
export type Load = (purpose: 'answer' | 'fill') => Promise<unknown>;

/** Answers compiled reads from the store, and fills it from the database. */
export class CachedReads {
  readonly #context: CachedReadsContext;

  constructor(context: CachedReadsContext) {
    this.#context = context;
  }

  /** The rows that `load` would give: those of an entry that is still valid, or those of the database. */
  async read(describe: Describe, scope: ReadScope, load: Load): Promise<unknown> {
    if (scope.kind === 'bypassed' && !scope.annotated) return load('answer');
    const lookup = await this.#lookUp(describe, scope);
    this.#note(lookup);
    if (lookup.kind === 'bypass') return load('answer');
    if (lookup.kind === 'hit') return this.#answer(lookup, load);
    const rows = await load('fill');
    await this.#fill(lookup, rows);
    return rows;
  }

  /** Tells of a read that cannot be cached and is not made through {@link read}. */
  bypass(reason: BypassReason): void {
    this.#note({ kind: 'bypass', reason });
  }

  async #lookUp(describe: Describe, scope: ReadScope): Promise<Lookup> {
    if (scope.kind === 'bypassed') return bypass(scope.reason);
    if (!this.#context.isEnabled()) return bypass('disabled');
    const read = describe();
    if (typeof read === 'string') return bypass(read);
    const dependencies: Dependency[] = [ALL, ...scope.policy.labels, ...read.required, ...read.unlessComplete];
    const key = this.#keyOf(read, dependencies, scope.policy);
    return key === undefined ? bypass('no key') : this.#ask({ key, read, dependencies, policy: scope.policy });
  }

  /** Two different reads share a key only if SHA-256 collides. */
  #keyOf(
    { identity }: DescribedRead,
    dependencies: readonly Dependency[],
    { session }: ReadPolicy,
  ): string | undefined {
    const text = canonical([KEY_VERSION, this.#context.source(), session, dependencies, identity]);
    return text === undefined ? undefined : hash('sha256', text, 'base64url');
  }

  async #ask(wanted: Wanted): Promise<Lookup> {
    const { store, ledger, statistics } = this.#context;
    const { key, dependencies, read } = wanted;
    void ledger.redeliver();
    const ours = ledger.touching(dependencies);
    const optional = dependencies.length - read.unlessComplete.length;
    if (ours.some(at => at < optional)) return bypass('write in flight');
    const withOurs = (stamps: readonly Stamp[]): Stamp[] =>
      stamps.map((stamp, at) => (ours.includes(at) ? HELD : stamp));
    try {
      const found = await store.read(key, dependencies);
      const entry = decodeEntry(found.entry, dependencies.length);
      const changed = entry && changedSince(entry, withOurs(found.stamps));
      if (entry && changed?.length === 0) return { kind: 'hit', entry, ...wanted };
      const nonces = withOurs(await stamped(found.stamps, dependencies, store)).map(stamp => nonceOf(stamp) ?? null);
      if (nonces.slice(0, optional).includes(null)) return bypass('write in flight');
      return { kind: 'miss', nonces, ...wanted, ...(changed && { changed: named(changed, dependencies) }) };
    } catch (error) {
      statistics.failed(error);
      return bypass('store failed');
    }
  }

  async #answer({ entry, key, dependencies }: Lookup & { kind: 'hit' }, load: Load): Promise<unknown> {
    const { shadow, store } = this.#context;
    if (!shadow.picks()) return entry.rows;
    const fresh = await load('fill');
    const isValid = async (): Promise<boolean> => {
      const { stamps } = await store.read(key, dependencies);
      return this.#context.ledger.touching(dependencies).length === 0 && changedSince(entry, stamps).length === 0;
    };
    const isStale = await shadow.compare(entry.rows, fresh, isValid, dependencies);
    if (isStale) void this.#context.ledger.renew(dependencies.filter(dependency => dependency !== ALL));
    return isStale ? fresh : entry.rows;
  }

  async #fill({ key, nonces, policy, read, dependencies }: Lookup & { kind: 'miss' }, rows: unknown): Promise<void> {
    const { store, statistics } = this.#context;
    const required = dependencies.length - read.unlessComplete.length;
    const isComplete = read.isComplete(rows);
    const refusal = read.refusal?.();
    if (refusal) return statistics.bypassed(refusal);
    if (!isComplete && nonces.includes(null)) return;
    const kept = nonces.map((nonce, at) => (isComplete && at >= required ? null : nonce));
    const entry = encodeEntry({ nonces: kept, rows });
    if (!entry) return statistics.bypassed('rows not encodable');
    try {
      await store.write(key, entry, policy.expirationMs);
      statistics.count('fills');
    } catch (error) {
      statistics.failed(error);
    }
  }

  #note(lookup: Lookup): void {
    const { statistics, explanations } = this.#context;
    if (lookup.kind === 'bypass') statistics.bypassed(lookup.reason);
    else statistics.count(lookup.kind === 'hit' ? 'hits' : 'misses');
    explanations.note(() => {
      if (lookup.kind === 'bypass') return lookup;
      if (lookup.kind === 'hit') return { kind: 'hit' };
      return {
        kind: 'miss',
        because: lookup.changed ? 'written since' : 'no entry',
        ...(lookup.changed && { changed: lookup.changed }),
      };
    });
  }
}

const KEY_VERSION = 2;
const HELD: Stamp = { state: 'held' };

function bypass(reason: BypassReason): Lookup {
  return { kind: 'bypass', reason };
}

/** The stamps, with those made that are missing. */
async function stamped(
  stamps: readonly Stamp[],
  dependencies: readonly Dependency[],
  store: CacheStore,
): Promise<readonly Stamp[]> {
  return stamps.some(({ state }) => state === 'missing') ? store.stamp(dependencies) : stamps;
}

function named(positions: readonly number[], dependencies: readonly Dependency[]): Dependency[] {
  return positions.flatMap(at => dependencies[at] ?? []);
}
