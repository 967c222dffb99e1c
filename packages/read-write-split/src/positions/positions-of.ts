import { answerOf } from './answer.ts';
import type { Ask, LogPositions } from './log-positions.ts';
import { mariadbPositions } from './mariadb-positions.ts';
import { mysqlPositions } from './mysql-positions.ts';
import { postgresPositions } from './postgres-positions.ts';

/**
 * Which positions the servers behind a database driver keep; undefined for a database that has none (SQLite). Asks,
 * because MariaDB is often used through MikroORM's MySQL driver.
 */
export async function positionsOf(
  dialect: 'postgres' | 'mysql' | 'sqlite',
  ask: Ask,
): Promise<LogPositions | undefined> {
  if (dialect === 'postgres') return postgresPositions;
  if (dialect === 'sqlite') return undefined;
  const { version } = answerOf(await ask('select version() as version'));
  return String(version).includes('MariaDB') ? mariadbPositions : mysqlPositions;
}
