import type { Transaction } from '../statement.ts';
import type { Classification } from './classify.ts';

interface TrackedTransaction extends Transaction {
  savepoints: readonly string[];
  state: Transaction['state'];
}

/** Follows begin, savepoints and the end of the transactions of one database connection. */
export class TransactionTracker {
  readonly #node: string;
  #open: TrackedTransaction | undefined;
  /** One in which the database connection went back to its pool: begun by text, and open still unless it was cut off. */
  #left: TrackedTransaction | undefined;

  constructor(node: string) {
    this.#node = node;
  }

  /** The transaction that there is. */
  get current(): Transaction | undefined {
    return this.#open ?? this.#left;
  }

  /** The transaction that a statement about to be sent belongs to; a `begin` opens one. */
  enter({ command }: Classification): Transaction | undefined {
    if (command === 'begin') this.#open ??= { node: this.#node, savepoints: [], state: 'open' };
    return this.current;
  }

  /** Whether a statement about to be sent may end a transaction without saying so: to MySQL, `begin` is a commit, too. */
  mayEnd({ command, endsTransaction }: Classification): boolean {
    return endsTransaction ?? (command === 'begin' && (this.#open !== undefined || this.#left !== undefined));
  }

  /** Tells that a statement has ended. A commit that failed may have happened. */
  leave({ command, savepoint = '' }: Classification, failed: boolean): void {
    const open = this.#open;
    if (command === 'commit' || command === 'rollback') this.#left = undefined;
    if (!open) return;
    if (command === 'commit') this.#end(failed ? 'unknown' : 'committed');
    else if (command === 'rollback') this.#end(failed ? 'unknown' : 'rolled back');
    else if (command === 'begin' && failed) this.#end('rolled back');
    else if (!failed) open.savepoints = savepointsAfter(open.savepoints, command, savepoint);
  }

  /** The connection went back to its pool: what becomes of a transaction that is still open is not known. */
  abandon(): void {
    if (!this.#open) return;
    this.#left = this.#open;
    this.#end('unknown');
  }

  #end(state: Transaction['state']): void {
    if (this.#open) this.#open.state = state;
    this.#open = undefined;
  }
}

function savepointsAfter(open: readonly string[], command: Classification['command'], name: string): readonly string[] {
  const at = open.lastIndexOf(name);
  if (command === 'savepoint') return [...open, name];
  if (at < 0) return open;
  if (command === 'release') return open.slice(0, at);
  return command === 'rollback to' ? open.slice(0, at + 1) : open;
}
