import { ALL, type TableDependency } from '../dependency.ts';
import type { TableGraph } from '../host/table-graph.ts';
import { ResultCacheError } from '../result-cache-error.ts';
import type { TableChange } from './written-dependencies.ts';

/** The tables of whose writes the store is told: those that annotated entities lead to, and those that `wrap` names. */
export class WatchedTables {
  readonly #graph: () => TableGraph;
  readonly #isLocal: boolean;
  readonly #named = new Set<TableDependency>();

  /** @param isLocal whether no other process could miss what only this one announces */
  constructor(graph: () => TableGraph, isLocal: boolean) {
    this.#graph = graph;
    this.#isLocal = isLocal;
  }

  has(table: TableChange['table']): boolean {
    return table === ALL || this.#named.has(table) || this.#graph().isReachable(table);
  }

  /** @throws ResultCacheError `NOT_WATCHED` */
  watch(table: TableDependency): void {
    if (this.has(table)) return;
    if (!this.#isLocal) throw notWatched(table);
    this.#named.add(table);
  }
}

function notWatched(table: TableDependency): ResultCacheError {
  return new ResultCacheError(
    'NOT_WATCHED',
    `wrap: no process would tell the shared store of writes to ${table}; annotate its entity, or name it in the \`dependsOn\` of one that is.`,
  );
}
