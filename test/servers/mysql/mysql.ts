import { mysqlDialect } from './mysql-dialect.ts';
import { type SqlGroup, sqlGroup, type SqlGroupOptions } from './sql-group.ts';

/**
 * Starts MySQL 9. Takes some three seconds with a replica, and three more the first time.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export function mysql<N extends number = 0>(options: SqlGroupOptions<N> = {}): Promise<SqlGroup<N>> {
  return sqlGroup(mysqlDialect, options);
}
