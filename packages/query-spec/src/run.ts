import type { CountOptions, EntityManager, EntityName, FilterQuery, FindOptions, Loaded } from '@mikro-orm/core';

import type { QuerySpec } from './ast.ts';
import { type OrderColumn, toOrderBy } from './order.ts';
import type { QueryModel } from './query-model.ts';
import { shapeId } from './shape-id.ts';
import { type Where, toWhere } from './to-where.ts';

/** One spec about to be run by one EntityManager. */
export interface Run<T extends object> {
  readonly em: EntityManager;
  readonly entity: EntityName<T>;
  readonly model: QueryModel;
  readonly spec: QuerySpec<T>;
}

/** The host's options that go through to `em.find`; what the spec decides is not among them. */
export type HostFindOptions<T extends object> = Pick<
  FindOptions<T>,
  HostCountKey | 'disableIdentityMap' | 'inflightQueryAbortStrategy' | 'refresh'
>;

/** The host's options that go through to `em.count`. */
export type HostCountOptions<T extends object> = Pick<CountOptions<T>, HostCountKey>;

type HostCountKey =
  | 'cache'
  | 'connectionType'
  | 'ctx'
  | 'filters'
  | 'flushMode'
  | 'loggerContext'
  | 'logging'
  | 'schema'
  | 'signal';

/** Which part of the rows to fetch. */
export interface RowWindow {
  readonly order: readonly OrderColumn[];
  readonly limit: number;
  readonly offset?: number;
  /** A further condition, such as a cursor's. */
  readonly and?: Where;
}

/** `em.find` of a spec. Host types know paths and operators only as literals, hence the assertions. */
export function findRows<T extends object>(
  { em, entity, model, spec }: Run<T>,
  { order, limit, offset, and }: RowWindow,
  options: HostFindOptions<T>,
): Promise<Loaded<T>[]> {
  return em.find(entity, whereOf(model, spec, and) as FilterQuery<NoInfer<T>>, {
    ...options,
    orderBy: toOrderBy(order) as NonNullable<FindOptions<T>['orderBy']>,
    populate: spec.populate as unknown as readonly never[],
    limit,
    ...(offset !== undefined && offset > 0 && { offset }),
    loggerContext: { ...options.loggerContext, shape: shapeId(spec) },
  });
}

/** `em.count` of a spec. */
export function countRows<T extends object>(
  { em, entity, model, spec }: Run<T>,
  options: HostCountOptions<T>,
): Promise<number> {
  return em.count(entity, whereOf(model, spec) as FilterQuery<NoInfer<T>>, {
    ...options,
    loggerContext: { ...options.loggerContext, shape: shapeId(spec) },
  });
}

function whereOf(model: QueryModel, spec: QuerySpec, and?: Where): Where {
  const filters = spec.filters ? toWhere(model, spec.filters) : {};
  return and ? { $and: [filters, and] } : filters;
}
