import type { Statement } from '@mikro-kit/statement-tap';

const MAX_TABLES = 64;

/** What an EntityManager fork has read of one table. */
export interface TableReads {
  /** Reads whose first table it is. */
  readonly statements: number;
  /** Rows of all reads that name it. */
  readonly rows: number;
}

const NOTHING: TableReads = { statements: 0, rows: 0 };

/** What one EntityManager fork has read so far, by table: the evidence of where a loop's keys may come from. */
export class ForkReads {
  readonly #byTable = new Map<string, TableReads>();

  /** Counts a read. One whose tables are unknown, or beyond 64 tables, is evidence of nothing. */
  add(tables: Statement['tables'], rows: number): void {
    if (tables === 'unknown') return;
    tables.forEach((table, position) => {
      const known = this.#byTable.get(table) ?? NOTHING;
      if (known === NOTHING && this.#byTable.size >= MAX_TABLES) return;
      this.#byTable.set(table, { statements: known.statements + (position === 0 ? 1 : 0), rows: known.rows + rows });
    });
  }

  of(table: string): TableReads {
    return this.#byTable.get(table) ?? NOTHING;
  }
}
