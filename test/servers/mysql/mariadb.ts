import { mariadbDialect } from './mariadb-dialect.ts';
import { type SqlGroup, sqlGroup, type SqlGroupOptions } from './sql-group.ts';

/**
 * Starts MariaDB. Takes some two seconds with a replica, and two more the first time.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export function mariadb(options: SqlGroupOptions = {}): Promise<SqlGroup> {
  return sqlGroup(mariadbDialect, options);
}
