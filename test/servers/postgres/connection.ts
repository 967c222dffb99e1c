import { Client, type QueryResultRow } from 'pg';

/** The superuser of every PostgreSQL here; connections from this machine need no password. */
export const user = 'postgres';

/**
 * Runs one statement on a connection of its own and returns the rows.
 *
 * @param port of a server on 127.0.0.1.
 */
export async function query<Row extends QueryResultRow>(port: number, sql: string): Promise<Row[]> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
    query_timeout: 10_000,
  });
  client.on('error', () => undefined); // a server that is killed under us: the query rejects by itself
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}
