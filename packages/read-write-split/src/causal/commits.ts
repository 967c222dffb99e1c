import type { ObservedStatement, Statement, StateChanges, StatementTap, Transaction } from '@mikro-kit/statement-tap';

import { MongoPosition } from '../positions/mongo-positions.ts';

/** Told of a commit, and of what the server called its place in the log, where it said: GTIDs, an operation time. */
export type Committed = (place: string | undefined) => void;

/**
 * Calls `committed` in the context of the code that wrote, whenever others may see from now on what it has written: after
 * a write outside of transactions, and after the commit of a transaction that wrote anything which was not rolled back to
 * a savepoint. A write or commit whose outcome was lost counts, one that the server refused does not.
 */
export function watchCommits(tap: StatementTap, committed: Committed): void {
  const pending = new WeakMap<Transaction, PendingWrites>();
  const hear = (statement: ObservedStatement): void => {
    const { command, endsTransaction, error } = statement;
    // Of one that was left open the end may never be heard of.
    const transaction = statement.transaction?.state === 'unknown' && !command ? undefined : statement.transaction;
    const gtid = gtidIn(statement.stateChanges);
    if (gtid !== undefined) {
      if (transaction) pending.delete(transaction);
      return committed(gtid);
    }
    if (!transaction) return mayHaveWritten(statement) ? committed(timeOf(statement)) : undefined;
    const writes = pending.get(transaction) ?? new PendingWrites();
    pending.set(transaction, writes);
    writes.add(statement, transaction.savepoints.length);
    if ((command === 'commit' || endsTransaction) && writes.any && !isRefused(error)) committed(timeOf(statement));
  };
  tap.observe(hear, { reads: false });
}

/** What a transaction has written, by how many savepoints were open then. */
class PendingWrites {
  #depths: readonly number[] = [];

  get any(): boolean {
    return this.#depths.length > 0;
  }

  /** @param open how many savepoints are open after the statement */
  add(statement: ObservedStatement, open: number): void {
    const { command, error } = statement;
    if (command === 'rollback to' && !error) this.#depths = this.#depths.filter(depth => depth < open);
    else if (command === 'release' && !error) this.#depths = this.#depths.map(depth => Math.min(depth, open));
    else if (mayHaveWritten(statement) && !this.#depths.includes(open)) this.#depths = [...this.#depths, open];
  }
}

function mayHaveWritten(statement: ObservedStatement): boolean {
  return changesData(statement) && !isRefused(statement.error);
}

function changesData({ kind, writes }: Statement): boolean {
  return kind === 'write' || kind === 'ddl' || writes === 'unknown';
}

/** Whether the server itself said that it did not do it; a connection that broke tells nothing. */
function isRefused(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { sqlState, code, severity }: { sqlState?: unknown; code?: unknown; severity?: unknown } = error;
  if (typeof sqlState === 'string') return !('fatal' in error && error.fatal === true);
  if (code === 'STATEMENT_REFUSED') return true;
  if (typeof severity === 'string' && typeof code === 'string') return !/^(08|57P|40003)/.test(code);
  return typeof code === 'string' && code.startsWith('SQLITE_');
}

function timeOf({ operationTime }: ObservedStatement): string | undefined {
  return operationTime === undefined ? undefined : String(new MongoPosition(BigInt.asUintN(64, operationTime)));
}

/** MySQL tells the ids of a statement, MariaDB its last one. */
function gtidIn(changes: StateChanges | undefined): string | undefined {
  if (!changes) return undefined;
  const { gtids, systemVariables } = changes;
  const [first] = gtids;
  return gtids.length > 1 ? gtids.join(',') : (first ?? systemVariables['last_gtid']);
}
