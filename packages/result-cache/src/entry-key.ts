import { hash } from 'node:crypto';

import { canonical } from './canonical.ts';
import type { Dependency } from './dependency.ts';
import type { HostQueryBuilder } from './query-builder-seam.ts';

/** A read, compiled and not yet run. */
export interface CompiledRead {
  readonly query: HostQueryBuilder;
  readonly sql: string;
  readonly params: readonly unknown[];
  readonly dependencies: readonly Dependency[];
  /** The session context of row-level security. */
  readonly session: unknown;
}

/**
 * The key of a read's entry: the compiled statement with its values, which hold the where, the filters of every level,
 * fields, ordering, paging and schema; what decides how its rows are read; the session; the database; the mapping.
 * Undefined when one of these has no exact text. Two different reads share a key only if SHA-256 collides.
 */
export function entryKey(
  { query, sql, params, dependencies, session }: CompiledRead,
  source: string,
): string | undefined {
  const { mainAlias, state, type } = query;
  const text = canonical([
    VERSION,
    source,
    type,
    mainAlias.meta?.className,
    state.populate,
    session,
    dependencies,
    sql,
    params,
  ]);
  return text === undefined ? undefined : hash('sha256', text, 'base64url');
}

const VERSION = 1;
