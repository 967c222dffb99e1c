import type { Platform } from '@mikro-orm/core';

import type { SqlDialect } from './sql-tokens.ts';

/** Learns from how a platform writes a backslash how its database reads one in a plain string. */
export function sqlDialectOf(platform: Pick<Platform, 'quoteValue'>): SqlDialect {
  return platform.quoteValue('\\').startsWith("'\\\\") ? 'mysql' : 'standard';
}
