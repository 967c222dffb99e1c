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

/** `em.find` of a spec. */
export function findRows<T extends object>(
  { em, entity, model, spec }: Run<T>,
  { order, limit, offset, and }: RowWindow,
  options: HostFindOptions<T>,
): Promise<Loaded<T>[]> {
  return em.find(entity, whereOf(model, spec, and), {
    ...options,
    orderBy: toOrderBy(order) as NonNullable<FindOptions<T>['orderBy']>,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host wants literals; the model checked the paths
    populate: spec.populate as readonly never[],
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
  return em.count(entity, whereOf(model, spec), {
    ...options,
    loggerContext: { ...options.loggerContext, shape: shapeId(spec) },
  });
}

function whereOf<T extends object>(model: QueryModel, spec: QuerySpec<T>, and?: Where): FilterQuery<NoInfer<T>> {
  const filters = spec.filters ? toWhere(model, spec.filters) : {};
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the model checked the paths in it
  return (and ? { $and: [filters, and] } : filters) as FilterQuery<NoInfer<T>>;
}
