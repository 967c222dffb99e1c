import type { HostConnection, HostTransaction, TransactionOptions } from '../nodes/host-connection.ts';
import type { Send, SendOptions } from '../retry/dispatcher.ts';
import { NodeSilent } from '../retry/node-silent.ts';

/** Sends something with options; what the dispatcher's `read` and `write` have in common. */
export type Dispatch = <T>(send: Send<T>, options: SendOptions<T>) => Promise<T>;

/** Begins a transaction; one that begins after it was given up is rolled back. */
export function beginBy(dispatch: Dispatch, options: TransactionOptions): Promise<HostTransaction> {
  return dispatch(connection => connection.begin(options), { isTimed: false, undo: rollBack });
}

/** Runs a transaction. It is begun elsewhere when its node fails before its first statement, and never later. */
export async function transactBy<T>(
  dispatch: Dispatch,
  work: (transaction: unknown) => Promise<T>,
  options: TransactionOptions,
): Promise<T> {
  let attempt = 0;
  let hasStarted = false;
  const send = (connection: HostConnection): Promise<T> => {
    const own = ++attempt;
    return connection.transactional(transaction => {
      // Given up meanwhile: it must not run a second time.
      if (own !== attempt) throw new NodeSilent('The node of this transaction');
      hasStarted = true;
      return work(transaction);
    }, options);
  };
  try {
    return await dispatch(send, { isTimed: false, isRetryable: () => !hasStarted, hasBegun: () => hasStarted });
  } finally {
    attempt = -1;
  }
}

function rollBack(transaction: HostTransaction): void {
  transaction
    .rollback()
    .execute()
    .catch(() => undefined);
}
