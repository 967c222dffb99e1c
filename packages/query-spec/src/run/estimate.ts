import type { EntityManager } from '@mikro-orm/core';

import { type HostFindOptions, type Run, conditionsOf } from './run.ts';

/** The part of the host's SQL EntityManager that makes the text of a statement without sending it. */
interface SqlManager extends EntityManager {
  createQueryBuilder(entity: unknown, alias: string): QueryBuilder;
}

interface QueryBuilder {
  select(fields: string): QueryBuilder;
  where(where: unknown): QueryBuilder;
  getFormattedQuery(): string;
}

/**
 * How many rows the planner expects, from statistics and in no time; `undefined` where a database does not say. The
 * EntityManager's filters are part of the question.
 */
export async function estimateRows<T extends object>(
  run: Run<T>,
  options: HostFindOptions<T>,
): Promise<number | undefined> {
  const { em, entity, query } = run;
  const { explain } = query.dialect;
  if (!explain || !isSqlManager(em)) {
    return undefined;
  }
  const where = await conditionsOf(run, options);
  const conditions = await em.applyFilters(entity, where, options.filters ?? {}, 'read');
  const statement = em.createQueryBuilder(entity, 'e0').select('*').where(conditions).getFormattedQuery();
  const type = em.isInTransaction() ? 'write' : options.connectionType;
  const transaction: unknown = options.ctx ?? em.getTransactionContext();
  const answer: unknown = await em
    .getConnection(type)
    .execute(`${explain.prefix} ${statement}`, [], 'all', transaction);
  return explain.rowsIn(answer);
}

function isSqlManager(em: EntityManager): em is SqlManager {
  return typeof Reflect.get(em, 'createQueryBuilder') === 'function';
}
