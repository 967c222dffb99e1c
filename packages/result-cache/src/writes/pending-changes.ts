import { ALL, bulkDependency, type Dependency } from '../dependency.ts';
import type { TableChange } from './written-dependencies.ts';

/** Of a table of which more rows than that are written in one transaction, all rows count as written. */
const MAX_ROWS = 1_000;

/** What one transaction has written so far. Bounded by the number of tables. */
export class PendingChanges {
  readonly #byTable = new Map<TableChange['table'], Set<Dependency>>();

  add(changes: readonly TableChange[]): void {
    for (const { table, dependencies } of changes) {
      const known = this.#byTable.get(table) ?? new Set();
      for (const dependency of dependencies) known.add(dependency);
      this.#byTable.set(
        table,
        table !== ALL && known.size > MAX_ROWS ? new Set([table, bulkDependency(table)]) : known,
      );
    }
  }

  changes(): TableChange[] {
    return Array.from(this.#byTable, ([table, dependencies]) => ({ table, dependencies: [...dependencies] }));
  }
}
