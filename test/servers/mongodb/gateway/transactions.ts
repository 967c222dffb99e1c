import { Binary } from 'bson';
import type { PoolClient } from 'pg';

import type { Backend, Executor } from './backend.ts';
import { asNumber, type Document } from './bson.ts';
import { codes, Failure } from './failure.ts';

/** The transactions that clients have open: each has a PostgreSQL connection of its own. */
export interface Transactions {
  /** What runs a command: the connection of its transaction, which its first command opens, or the pool. */
  executor(command: Document): Promise<Executor>;
  /** Ends the transaction of a `commitTransaction` or `abortTransaction`. */
  end(command: Document, how: 'commit' | 'rollback'): Promise<void>;
}

/** Whether a command belongs to a transaction. A `txnNumber` alone only makes a write safe to send twice. */
export function isInTransaction(command: Document): boolean {
  return command['autocommit'] === false;
}

/** Names one try of a retryable write, or one transaction; undefined for other commands. */
export function transactionId(command: Document): string | undefined {
  const session: unknown = command['lsid']?.id;
  if (command['txnNumber'] === undefined || !(session instanceof Binary)) return undefined;
  return `${session.toString('hex')}:${asNumber(command['txnNumber'])}`;
}

/** MongoDB's default for a transaction that its client has forgotten (`transactionLifetimeLimitSeconds`). */
const lifetimeMs = 60_000;

/** Keeps the transactions of one gateway. MongoDB's are snapshot transactions, so PostgreSQL's are repeatable read. */
export function transactions({ pool, connect }: Backend): Transactions {
  const open = new Map<string, PoolClient>();
  const begin = async (id: string) => {
    const client = await connect();
    client.once('error', error => open.delete(id) && client.release(error)); // ended by the time limit below
    await client.query(`set idle_in_transaction_session_timeout = ${lifetimeMs}`);
    await client.query('begin isolation level repeatable read');
    open.set(id, client);
    return client;
  };
  return {
    async executor(command) {
      if (!isInTransaction(command)) return pool;
      const id = transactionId(command) ?? '';
      const client = command['startTransaction'] === true ? await begin(id) : open.get(id);
      if (!client) throw noSuchTransaction(id);
      return client;
    },
    async end(command, how) {
      const id = transactionId(command) ?? '';
      const client = open.get(id);
      if (!client) throw noSuchTransaction(id);
      open.delete(id);
      await finish(client, how);
    },
  };
}

/** PostgreSQL answers `ROLLBACK` to the commit of a transaction in which a statement has failed. */
async function finish(client: PoolClient, how: 'commit' | 'rollback'): Promise<void> {
  try {
    const { command } = await client.query(how);
    if (how === 'commit' && command !== 'COMMIT') throw noSuchTransaction('it was aborted');
  } finally {
    client.release();
  }
}

function noSuchTransaction(what: string): Failure {
  return new Failure(codes.noSuchTransaction, `no such transaction: ${what}`, ['TransientTransactionError']);
}
