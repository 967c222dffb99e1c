import type { EntityName, MikroORM } from '@mikro-orm/core';

import { tableDependency, type TableDependency } from '../dependency.ts';
import { ResultCacheError } from '../result-cache-error.ts';

/** The table of an entity of this ORM, or of this name. @throws ResultCacheError `NOT_MAPPED` */
export function tableOf(target: EntityName | string, orm: MikroORM): TableDependency {
  if (typeof target === 'string') return tableDependency(target);
  const meta = orm.getMetadata().find(target);
  if (meta?.tableName) return tableDependency(meta.tableName);
  throw new ResultCacheError(
    'NOT_MAPPED',
    `result-cache: this ORM maps no table to ${meta?.className ?? 'what was given'}; give one of its entities.`,
  );
}
