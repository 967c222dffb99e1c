import type { Guard, ObservedStatement, Statement, Transaction } from '@mikro-kit/statement-tap';

import { ALL, type Dependency } from './dependency.ts';
import type { TableGraph } from './table-graph.ts';
import type { Announcement, WriteLedger } from './write-ledger.ts';
import { writtenDependencies } from './written-dependencies.ts';

/**
 * Turns what the tap sees into marks and bumps: around each write outside a transaction, and around the commit of each
 * transaction that wrote. A transaction that is rolled back leaves nothing behind.
 */
export class WriteWatch implements Guard {
  readonly #ledger: WriteLedger;
  readonly #graph: () => TableGraph;
  readonly #pending = new WeakMap<Transaction, Set<Dependency>>();
  readonly #announced = new WeakMap<Statement, Announcement>();

  constructor(ledger: WriteLedger, graph: () => TableGraph) {
    this.#ledger = ledger;
    this.#graph = graph;
  }

  async before(statement: Statement): Promise<void> {
    const dependencies = this.#changedBy(statement);
    if (dependencies.length === 0) return;
    const announcement = this.#ledger.announce(dependencies);
    this.#announced.set(statement, announcement);
    await this.#ledger.mark(announcement);
  }

  /** Bumped also when the statement failed: a lost reply does not tell whether it was applied. */
  async after(statement: Statement): Promise<void> {
    const announcement = this.#announced.get(statement);
    if (announcement) await this.#ledger.settle(announcement);
  }

  /**
   * A `rollback` outside a known transaction ends one that was begun by hand, as text: what was written in it was
   * bumped at once, so rows that were read in between may be gone now.
   */
  observe({ command, transaction }: ObservedStatement): void {
    if (command === 'rollback' && !transaction) void this.#ledger.settle(this.#ledger.announce([ALL]));
  }

  /** What becomes visible to others with this statement. Writes inside a transaction wait for its commit. */
  #changedBy(statement: Statement): readonly Dependency[] {
    const { kind, command, transaction } = statement;
    if (command === 'commit') return transaction ? [...(this.#pending.get(transaction) ?? [])] : [ALL];
    const written = writtenDependencies(statement, this.#graph());
    // Schema changes end a transaction on some databases, so they never wait.
    if (!transaction || kind === 'ddl') return written;
    this.#pending.set(transaction, new Set([...(this.#pending.get(transaction) ?? []), ...written]));
    return [];
  }
}
