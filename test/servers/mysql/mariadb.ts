import { mariadbDialect } from './mariadb-dialect.ts';
import { type SqlGroup, sqlGroup, type SqlGroupOptions } from './sql-group.ts';

/**
 * Starts MariaDB. Takes some two seconds with a replica, and two more the first time.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export function mariadb<N extends number = 0>(options: SqlGroupOptions<N> = {}): Promise<SqlGroup<N>> {
  return sqlGroup(mariadbDialect, options);
}
