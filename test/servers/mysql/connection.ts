import { createConnection, type RowDataPacket } from 'mysql2/promise';

import type { Credentials } from '../sql-options.ts';

/** May do everything; for the faults. */
export const admin: Credentials = { user: 'admin', password: 'admin' };

/**
 * May do everything to databases and look at replication, but may not write to a read-only server: an account that may
 * would write to a replica, and so break it.
 */
export const app: Credentials = { user: 'app', password: 'app' };

/** What a replica logs in with. */
export const replication: Credentials = { user: 'replication', password: 'replication' };

/**
 * Runs one statement on a connection of its own and returns the rows.
 *
 * @param port of a server on 127.0.0.1.
 */
export async function query(port: number, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection({ host: '127.0.0.1', port, ...admin, connectTimeout: 2_000 });
  connection.on('error', () => undefined); // a server that is killed under us: the query rejects by itself
  try {
    const [rows] = await connection.query<RowDataPacket[]>({ sql, timeout: 10_000 });
    return rows;
  } finally {
    connection.destroy();
  }
}
