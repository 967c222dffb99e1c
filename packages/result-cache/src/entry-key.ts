import { hash, randomUUID } from 'node:crypto';

import type { EntityMetadata, MetadataStorage, MikroORM } from '@mikro-orm/core';

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

/** Stands for the database and the mapping of its rows, so that neither another database nor another build shares keys. */
export function sourceOf(orm: MikroORM): string {
  const { config, driver } = orm;
  const options = [
    config.get('host'),
    config.get('port'),
    config.get('dbName'),
    config.get('schema'),
    config.get('timezone'),
    config.get('forceUtcTimezone'),
  ];
  const database = canonical([driver.constructor.name, config.get('clientUrl'), ...options]);
  const text = `${isPrivate(config.get('dbName')) ? randomUUID() : database}${mappingOf(orm.getMetadata())}`;
  return hash('sha256', text, 'base64url');
}

/** Only this connection sees an SQLite database that is in memory, or temporary. */
function isPrivate(dbName: string | undefined): boolean {
  return !dbName || dbName.includes(':memory:') || dbName.includes('mode=memory');
}

function mappingOf(metadata: MetadataStorage): string {
  return JSON.stringify([...metadata.getAll().values()].map(describe));
}

function describe({ className, tableName, props, discriminatorValue }: EntityMetadata): unknown {
  const columns = props.map(({ name, kind, type, runtimeType, fieldNames, customType }) => [
    name,
    kind,
    type,
    runtimeType,
    fieldNames,
    customType?.constructor.name,
  ]);
  return [className, tableName, discriminatorValue, columns];
}
