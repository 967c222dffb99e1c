import type { Platform } from '@mikro-orm/core';

/** How a database reads strings, names and comments. `mysql` also stands for MariaDB. */
export type SqlDialect = 'postgres' | 'sqlite' | 'mysql';

/** Learns from how a platform writes a backslash and a name how its database reads them. */
export function sqlDialectOf(platform: Pick<Platform, 'quoteValue' | 'quoteIdentifier'>): SqlDialect {
  if (platform.quoteValue('\\').startsWith("'\\\\")) return 'mysql';
  return platform.quoteIdentifier('x') === '"x"' ? 'postgres' : 'sqlite';
}
