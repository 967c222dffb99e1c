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
