import type { HostConnection, TransactionOptions } from '../nodes/host-connection.ts';
import type { Dispatcher, SendOptions } from '../retry/dispatcher.ts';
import { beginBy, type Dispatch, transactBy } from './begin.ts';
import type { Asked } from './decision.ts';
import type { RoutedCalls } from './routed-connection.ts';
import type { StatementNatures } from './statement-nature.ts';
import { forkOf, textOf } from './statement-text.ts';

/** What the calls of a routed connection stand on. */
export interface CallParts {
  readonly dispatcher: Dispatcher;
  readonly natures: StatementNatures;
  /** The connection to the node that takes writes now. */
  readonly primary: () => HostConnection;
  /** A fork that many share, whose reads keep to no replica. */
  readonly globalFork: () => number | undefined;
  /** The connection for a query builder of Kysely's own, whose statements are not known. */
  readonly connectionNow: () => HostConnection;
}

/** A call whose statement is not known when its node is chosen. */
const UNKNOWN_READ: Asked = { nature: { kind: 'read' }, fork: undefined };

/** Sends the begin of a read-only transaction like a read. */
export function dispatchRead(dispatcher: Dispatcher): Dispatch {
  return (send, options) => dispatcher.read(UNKNOWN_READ, send, options);
}

/** The calls of what the host takes for a replica's connection: each goes to the node that should answer it. */
export function readCalls(parts: CallParts): RoutedCalls {
  const { dispatcher, primary } = parts;
  const begin = dispatchRead(dispatcher);
  return {
    execute(query, params, method, transaction, loggerContext) {
      // A transaction knows its own node.
      if (transaction) return primary().execute(query, params, method, transaction, loggerContext);
      const send = (connection: HostConnection): Promise<unknown> =>
        connection.execute(query, params, method, undefined, loggerContext);
      return dispatch(parts, textOf(query), loggerContext, send);
    },
    async *stream(query, params, transaction, loggerContext, chunkSize) {
      if (transaction) return yield* primary().stream(query, params, transaction, loggerContext, chunkSize);
      const rows = await dispatch(parts, textOf(query), loggerContext, connection =>
        opened(connection.stream(query, params, undefined, loggerContext, chunkSize)),
      );
      yield* rows;
    },
    begin: (options: TransactionOptions = {}) => (options.ctx ? primary().begin(options) : beginBy(begin, options)),
    transactional: (work, options = {}) =>
      options.ctx ? primary().transactional(work, options) : transactBy(begin, work, options),
    getClient: () => parts.connectionNow().getClient(),
  };
}

function dispatch<T>(
  { dispatcher, natures, globalFork }: CallParts,
  text: string,
  loggerContext: unknown,
  send: (connection: HostConnection) => Promise<T>,
): Promise<T> {
  const nature = natures.of(text);
  if (nature.kind === 'write') return dispatcher.write(send);
  const options: SendOptions<T> = { refused: () => natures.refused(text), isRetryable: () => nature.kind === 'read' };
  const fork = forkOf(loggerContext);
  return dispatcher.read({ nature, fork: fork === globalFork() ? undefined : fork }, send, options);
}

/** A stream whose first row, or end, has arrived: until then nothing was delivered, and another node may be asked. */
async function opened(rows: AsyncIterableIterator<unknown>): Promise<AsyncIterableIterator<unknown>> {
  const first = await rows.next();
  return replay(first, rows);
}

async function* replay(
  first: IteratorResult<unknown>,
  rest: AsyncIterableIterator<unknown>,
): AsyncIterableIterator<unknown> {
  try {
    if (first.done === true) return;
    yield first.value;
    yield* rest;
  } finally {
    await rest.return?.();
  }
}
