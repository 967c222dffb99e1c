import type { Platform } from '@mikro-orm/core';

import type { SqlDialect } from './sql-tokens.ts';

/** Learns from how a platform writes a backslash and a name how its database reads them. */
export function sqlDialectOf(platform: Platform): SqlDialect {
  const backslashEscapes = platform.quoteValue('\\').startsWith("'\\\\");
  return { backslashEscapes, nestedComments: platform.quoteIdentifier('x') === '"x"' };
}
