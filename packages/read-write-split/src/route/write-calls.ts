import type { TransactionOptions } from '../nodes/host-connection.ts';
import { beginBy, type Dispatch, transactBy } from './begin.ts';
import { type CallParts, dispatchRead } from './read-calls.ts';
import type { RoutedCalls } from './routed-connection.ts';

/**
 * The calls of what the host takes for the primary's connection: to the node that takes writes now.
 *
 * @param isForReplica whether a transaction with these options goes to a replica
 */
export function writeCalls(
  { dispatcher, primary }: CallParts,
  isForReplica: (options: TransactionOptions) => boolean,
): RoutedCalls {
  const write: Dispatch = (send, options) => dispatcher.write(send, options);
  const read = dispatchRead(dispatcher);
  return {
    execute(query, params, method, transaction, loggerContext) {
      if (transaction) return primary().execute(query, params, method, transaction, loggerContext);
      return dispatcher.write(connection => connection.execute(query, params, method, undefined, loggerContext));
    },
    stream: (...args) => primary().stream(...args),
    begin: (options: TransactionOptions = {}) => {
      if (options.ctx) return primary().begin(options);
      return beginBy(isForReplica(options) ? read : write, options);
    },
    transactional: <T>(work: (transaction: unknown) => Promise<T>, options: TransactionOptions = {}) => {
      if (options.ctx) return primary().transactional(work, options);
      return transactBy(isForReplica(options) ? read : write, work, options);
    },
    getClient: () => primary().getClient(),
  };
}
