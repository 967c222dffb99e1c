import { Pool, type PoolClient } from 'pg';

import { decode, type Document } from './bson.ts';

/** Something that runs SQL: the pool, or the connection of a transaction. */
export type Executor = Pick<PoolClient, 'query'>;

/** The PostgreSQL with DocumentDB behind the gateway. */
export interface Backend {
  /** For commands outside transactions. */
  readonly pool: Pool;
  /** A connection of one's own; release it. */
  readonly connect: () => Promise<PoolClient>;
}

/** Connects, when first used, to the PostgreSQL on a port of this machine. */
export function backend(port: number): Backend {
  const pool = new Pool({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', max: 80 });
  pool.on('error', () => undefined); // an idle connection ended; the pool makes another
  return { pool, connect: () => pool.connect() };
}

/** How SQL takes a document that is sent as bytes in parameter `n`. */
export function bson(n: number): string {
  return `$${n}::bytea::documentdb_core.bson`;
}

/**
 * Calls a function of DocumentDB for a document.
 *
 * @param column of its result, if it has several.
 */
export async function callForDocument(
  on: Executor,
  call: string,
  values: readonly unknown[],
  column?: string,
): Promise<Document> {
  const sql = `select (${column ?? 'result'})::bytea as result from ${call} as result`;
  const { rows } = await on.query<{ result: Buffer }>(sql, [...values]);
  return rows[0] ? decode(rows[0].result) : {};
}

/** Runs a task on a connection whose statements PostgreSQL cancels after `limitMs` milliseconds (SQLSTATE 57014). */
export async function withTimeLimit<T>(
  { connect }: Backend,
  limitMs: number,
  task: (on: Executor) => T,
): Promise<Awaited<T>> {
  const client = await connect();
  try {
    await client.query(`set statement_timeout = ${Math.ceil(limitMs)}`);
    return await task(client);
  } finally {
    await client.query('reset statement_timeout');
    client.release();
  }
}
