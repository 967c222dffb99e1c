import { ALL, type TableDependency } from '../dependency.ts';
import type { TableGraph } from '../host/table-graph.ts';
import { ResultCacheError } from '../result-cache-error.ts';
import type { CacheStore } from '../store/store.ts';
import type { TableChange } from './written-dependencies.ts';

/** The tables of whose writes the store is told: those that annotated entities lead to, and those that `wrap` names. */
export class WatchedTables {
  readonly #graph: () => TableGraph;
  readonly #isLocal: boolean;
  readonly #named: Set<TableDependency>;

  constructor(graph: () => TableGraph, store: CacheStore) {
    this.#graph = graph;
    this.#isLocal = store.isLocal ?? false;
    this.#named = namedIn(store);
  }

  has(table: TableChange['table']): boolean {
    return table === ALL || this.#named.has(table) || this.#graph().isReachable(table);
  }

  /** @throws ResultCacheError `NOT_WATCHED` */
  watch(table: TableDependency): void {
    if (this.has(table)) return;
    // What only this process announces other processes could miss.
    if (!this.#isLocal) throw notWatched(table);
    this.#named.add(table);
  }
}

const namedBy = new WeakMap<CacheStore, Set<TableDependency>>();

/** What the functions of all ORMs that share a store depend on. */
function namedIn(store: CacheStore): Set<TableDependency> {
  const named = namedBy.get(store) ?? new Set();
  namedBy.set(store, named);
  return named;
}

function notWatched(table: TableDependency): ResultCacheError {
  return new ResultCacheError(
    'NOT_WATCHED',
    `wrap: no process would tell the shared store of writes to ${table}; annotate its entity, or name it in the \`dependsOn\` of one that is.`,
  );
}
