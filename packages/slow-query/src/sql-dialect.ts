import type { Platform } from '@mikro-orm/core';

import type { SqlDialect } from './sql-tokens.ts';

/** Learns from how a platform writes a backslash how its database reads one. */
export function sqlDialectOf(platform: Platform): SqlDialect {
  return platform.quoteValue('\\').includes('\\\\') ? 'mysql' : 'standard';
}
