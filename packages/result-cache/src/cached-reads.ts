import type { AsyncLocalStorage } from 'node:async_hooks';

import type { StatementTap } from '@mikro-kit/statement-tap';

import { ALL, tableDependency, type Dependency } from './dependency.ts';
import { entryKey } from './entry-key.ts';
import { encodeEntry, noncesOf, validRows } from './entry.ts';
import type { HostQueryBuilder } from './query-builder-seam.ts';
import type { ReadPolicy, ReadScope } from './read-scope.ts';
import { isRepeatable } from './repeatable.ts';
import type { BypassReason, Statistics } from './statistics.ts';
import type { CacheStore } from './store.ts';
import type { TableGraph } from './table-graph.ts';
import type { WriteLedger } from './write-ledger.ts';

/** What the cache did with one statement. */
export type Explanation =
  | { readonly kind: 'hit' | 'miss' }
  | { readonly kind: 'bypass'; readonly reason: BypassReason };

type Lookup =
  | { readonly kind: 'hit'; readonly rows: unknown }
  /** `nonces`: of the dependencies, as they are before the rows are loaded. */
  | { readonly kind: 'miss'; readonly key: string; readonly nonces: readonly string[]; readonly policy: ReadPolicy }
  | { readonly kind: 'bypass'; readonly reason: BypassReason };

/** What the reads of one ORM stand on. `graph` and `source` can be asked once the metadata is there. */
export interface CachedReadsContext {
  readonly store: CacheStore;
  readonly ledger: WriteLedger;
  readonly statistics: Statistics;
  readonly tap: Pick<StatementTap, 'classify'>;
  readonly graph: () => TableGraph;
  readonly source: () => string;
  readonly isEnabled: () => boolean;
  /** Whether reads may go to replicas, which can lag behind the invalidations that this process has seen. */
  readonly hasReplicas: boolean;
  readonly explanations: AsyncLocalStorage<Explanation[]>;
}

/** Answers compiled reads from the store, and fills it from the database. */
export class CachedReads {
  readonly #context: CachedReadsContext;

  constructor(context: CachedReadsContext) {
    this.#context = context;
  }

  /** The rows that `load` would give: those of an entry that is still valid, or those of the database. */
  async read(query: HostQueryBuilder, scope: ReadScope, load: () => Promise<unknown>): Promise<unknown> {
    if (scope.kind === 'bypassed' && !scope.annotated) return load();
    const lookup = await this.#lookUp(query, scope);
    this.#note(lookup);
    if (lookup.kind === 'hit') return lookup.rows;
    if (lookup.kind === 'bypass') return load();
    if (this.#context.hasReplicas) query.connectionType = 'write';
    const rows = await load();
    await this.#fill(lookup, rows);
    return rows;
  }

  async #lookUp(query: HostQueryBuilder, scope: ReadScope): Promise<Lookup> {
    if (scope.kind === 'bypassed') return bypass(scope.reason);
    if (!this.#context.isEnabled()) return bypass('disabled');
    // Its snapshot may be older than an entry, and its own writes newer.
    if (query.context) return bypass('transaction');
    const { sql, params } = query.toQuery();
    const tables = this.#tablesOf(sql);
    if (!Array.isArray(tables)) return bypass(tables);
    if (!isRepeatable(sql, params)) return bypass('not repeatable');
    const dependencies = [ALL, ...tables, ...scope.policy.labels];
    const key = entryKey({ query, sql, params, dependencies, session: scope.policy.session }, this.#context.source());
    return key === undefined ? bypass('no key') : this.#ask(key, dependencies, scope.policy);
  }

  #tablesOf(sql: string): Dependency[] | BypassReason {
    const { kind, tables } = this.#context.tap.classify(sql);
    if (kind !== 'read' || tables === 'unknown') return 'tables unknown';
    const dependencies = [...new Set(tables.map(tableDependency))].toSorted();
    const graph = this.#context.graph();
    return dependencies.every(table => graph.isReachable(table)) ? dependencies : 'table out of reach';
  }

  async #ask(key: string, dependencies: readonly Dependency[], policy: ReadPolicy): Promise<Lookup> {
    const { store, ledger, statistics } = this.#context;
    void ledger.redeliver();
    if (ledger.touches(dependencies)) return bypass('write in flight');
    try {
      const { entry, stamps } = await store.read(key, dependencies);
      const valid = validRows(entry, stamps);
      if (valid) return { kind: 'hit', rows: valid.rows };
      const nonces = noncesOf(stamps) ?? noncesOf(await store.stamp(dependencies));
      return nonces ? { kind: 'miss', key, nonces, policy } : bypass('write in flight');
    } catch (error) {
      statistics.failed(error);
      return bypass('store failed');
    }
  }

  async #fill({ key, nonces, policy }: Lookup & { kind: 'miss' }, rows: unknown): Promise<void> {
    const { store, statistics } = this.#context;
    const entry = encodeEntry({ nonces, rows });
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
    explanations.getStore()?.push(explanationOf(lookup));
  }
}

function bypass(reason: BypassReason): Lookup {
  return { kind: 'bypass', reason };
}

function explanationOf(lookup: Lookup): Explanation {
  return lookup.kind === 'bypass' ? lookup : { kind: lookup.kind };
}
