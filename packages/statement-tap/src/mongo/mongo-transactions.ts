import type { Transaction, TransactionCommand } from '../statement.ts';
import { fieldsOf, integerOf } from './bson-fields.ts';
import type { MongoCommand } from './command-kind.ts';

interface TrackedTransaction extends Transaction {
  state: Transaction['state'];
}

/** How many transactions are followed at once; the oldest is given up beyond it, as one whose end was lost. */
const MAX_OPEN = 1_000;

/** Follows transactions by the session and number that their commands carry. */
export class MongoTransactions {
  readonly #open = new Map<string, TrackedTransaction>();

  /** The transaction of a command about to be sent; its first command opens it. */
  enter(command: MongoCommand, node: string): Transaction | undefined {
    const key = keyOf(command['lsid'], command['txnNumber']);
    if (key === undefined || command['autocommit'] !== false) return undefined;
    return this.#open.get(key) ?? this.#begin(key, node);
  }

  /** The transaction that the host's session is in, also before its first command is sent. */
  ofSession(session: unknown, node: string): Transaction | undefined {
    const { id, inTransaction, serverSession, txnNumberIncrement } = fieldsOf(session);
    if (typeof inTransaction !== 'function' || Reflect.apply(inTransaction, session, []) !== true) return undefined;
    const sent = integerOf(fieldsOf(serverSession)['txnNumber']);
    // The driver counts a new transaction on when it sends the first command.
    const key = sent === undefined ? undefined : keyOf(id, sent + (integerOf(txnNumberIncrement) ?? 0n));
    return key === undefined ? undefined : (this.#open.get(key) ?? this.#begin(key, node));
  }

  /** A commit or an abort has ended. A commit that failed may have happened. */
  leave(command: MongoCommand, does: TransactionCommand | undefined, failed: boolean): void {
    const key = keyOf(command['lsid'], command['txnNumber']);
    const open = key === undefined ? undefined : this.#open.get(key);
    if (!open || key === undefined || (does !== 'commit' && does !== 'rollback')) return;
    open.state = failed ? 'unknown' : does === 'commit' ? 'committed' : 'rolled back';
    // The driver may send a commit again.
    if (!failed || does === 'rollback') this.#open.delete(key);
  }

  #begin(key: string, node: string): Transaction {
    const transaction: TrackedTransaction = { node, savepoints: [], state: 'open' };
    this.#open.set(key, transaction);
    if (this.#open.size > MAX_OPEN) this.#giveUpOldest();
    return transaction;
  }

  #giveUpOldest(): void {
    const [[key, oldest] = []] = this.#open;
    if (key === undefined || !oldest) return;
    oldest.state = 'unknown';
    this.#open.delete(key);
  }
}

/** `lsid` is `{ id: <binary UUID> }`, whose JSON is the UUID. */
function keyOf(lsid: unknown, number: unknown): string | undefined {
  const { id } = fieldsOf(lsid);
  const count = integerOf(number);
  return id === undefined || count === undefined ? undefined : `${JSON.stringify(id)} ${count}`;
}
