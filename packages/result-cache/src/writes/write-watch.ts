import {
  StatementRefused,
  type Guard,
  type ObservedStatement,
  type Statement,
  type Transaction,
} from '@mikro-kit/statement-tap';

import { ALL } from '../dependency.ts';
import { PendingChanges } from './pending-changes.ts';
import type { Announcement, WriteLedger } from './write-ledger.ts';
import { ANY_CHANGE, type TableChange } from './written-dependencies.ts';

/** How the writes of one ORM are told to the store. */
export interface WriteWatchContext {
  readonly ledger: WriteLedger;
  /** What a statement may make stale. */
  readonly changesOf: (statement: Statement) => readonly TableChange[];
  /** What becomes of a change of which the store cannot be told before. */
  readonly onUnreachable: 'proceed' | 'refuse';
  /** How long a guard may take, in milliseconds: longer than the store is waited for. */
  readonly deadlineMs: number;
}

/**
 * Turns what the tap sees into marks and bumps: around each write outside a transaction, and around the commit of each
 * transaction that wrote. A transaction that is rolled back leaves nothing behind.
 */
export class WriteWatch implements Guard {
  readonly deadlineMs: number;
  readonly #context: WriteWatchContext;
  readonly #pending = new WeakMap<Transaction, PendingChanges>();
  /** Those that the database may have ended before their time: what is written in them can be seen by others at once. */
  readonly #mayHaveEnded = new WeakSet<Transaction>();
  readonly #announced = new WeakMap<Statement, Announcement>();

  constructor(context: WriteWatchContext) {
    this.#context = context;
    this.deadlineMs = context.deadlineMs;
  }

  /** @throws StatementRefused */
  async before(statement: Statement): Promise<void> {
    const { ledger, onUnreachable } = this.#context;
    const changes = this.#madeBy(statement);
    if (changes.length === 0) return;
    const announcement = ledger.announce(changes);
    this.#announced.set(statement, announcement);
    if ((await ledger.mark(announcement)) || onUnreachable === 'proceed') return;
    this.#announced.delete(statement);
    // Not awaited: the store has just not answered. It may still have taken the mark.
    void ledger.settle(announcement);
    throw new StatementRefused(REFUSAL);
  }

  /** Bumped also when the statement failed: a lost reply does not tell whether it was applied. */
  async after(statement: Statement): Promise<void> {
    const announcement = this.#announced.get(statement);
    if (announcement) await this.#context.ledger.settle(announcement);
  }

  /**
   * A `rollback` outside a known transaction, to a savepoint too, is of one that was begun by hand, as text: what was
   * written in it was bumped at once, so rows that were read in between may be gone now. What no guard could wait around is announced as
   * soon as it is seen, which is before the application hears of its end, and bumped after it.
   */
  observe(statement: ObservedStatement): void {
    const { ledger } = this.#context;
    const { command, unguarded } = statement;
    if ((command === 'rollback' || command === 'rollback to') && !transactionOf(statement)) void ledger.renew([ALL]);
    const changes = unguarded ? this.#madeBy(statement) : [];
    if (changes.length > 0) void ledger.settle(ledger.announce(changes));
  }

  /** What becomes visible to others with this statement. Writes inside a transaction wait for its commit. */
  #madeBy(statement: Statement): readonly TableChange[] {
    const { kind, command, endsTransaction } = statement;
    const transaction = transactionOf(statement);
    if (command === 'commit') return transaction ? (this.#pending.get(transaction)?.changes() ?? []) : [ANY_CHANGE];
    const changes = endsTransaction ? [ANY_CHANGE] : this.#context.changesOf(statement);
    if (!transaction) return changes;
    const pending = this.#pending.get(transaction) ?? new PendingChanges();
    this.#pending.set(transaction, pending);
    pending.add(changes);
    if (endsTransaction) this.#mayHaveEnded.add(transaction);
    // Some databases show at once what others show after the commit.
    return kind === 'ddl' || this.#mayHaveEnded.has(transaction) ? changes : [];
  }
}

/** The one whose end will be heard of. */
function transactionOf({ transaction }: Statement): Transaction | undefined {
  return transaction?.state === 'unknown' ? undefined : transaction;
}

const REFUSAL =
  'result-cache: the store could not be told of this write, and `onUnreachable` is "refuse". Nothing was written; try again when the store is back.';
