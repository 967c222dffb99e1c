import type { EntityName, MikroORM } from '@mikro-orm/core';

import { bulkDependency, rowDependency, type Dependency } from '../dependency.ts';
import type { TableGraph } from '../host/table-graph.ts';
import type { InvalidationTarget } from '../result-cache-api.ts';
import { rowKey } from '../sql/row-key.ts';
import { tableOf } from '../wrap/table-of.ts';

/**
 * The dependencies that a call of `invalidate` renews.
 *
 * @throws ResultCacheError `NOT_MAPPED`
 */
export function invalidatedBy(target: InvalidationTarget, orm: MikroORM, graph: TableGraph): Dependency[] {
  if (typeof target === 'string') return [`key:${target}`];
  if (isTag(target)) return [`tag:${target.tag}`];
  const [entity, id] = isRow(target) ? target : [target];
  const table = tableOf(entity, orm);
  const key = graph.keyOf(table);
  const row = key && id !== undefined ? rowKey(key.kind, storedKey(entity, id, orm)) : undefined;
  return [table, row === undefined ? bulkDependency(table) : rowDependency(table, row)];
}

/** What the database is given for a primary key, which a type of the application's own may write in another way. */
function storedKey(entity: EntityName, id: unknown, orm: MikroORM): unknown {
  const [property] = orm.getMetadata().find(entity)?.getPrimaryProps() ?? [];
  const type = property?.customType ?? property?.customTypes?.[0];
  return type ? type.convertToDatabaseValue(id, orm.driver.getPlatform()) : id;
}

function isTag(target: InvalidationTarget): target is { readonly tag: string } {
  return typeof target === 'object' && 'tag' in target && typeof target.tag === 'string';
}

function isRow(target: EntityName | readonly unknown[]): target is readonly [EntityName, string | number | bigint] {
  return Array.isArray(target);
}
