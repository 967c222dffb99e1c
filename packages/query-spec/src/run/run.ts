import {
  type CountOptions,
  type EntityManager,
  type EntityName,
  type FilterQuery,
  type FindOptions,
  LoadStrategy,
  type Loaded,
} from '@mikro-orm/core';

import type { PreparedQuery } from '../definition/prepared-query.ts';
import type { QuerySpec } from '../spec/ast.ts';
import { wireOperand } from '../spec/serialize.ts';
import { canonicalText, shapeId } from '../spec/shape-id.ts';
import type { OrderColumn } from '../translate/order.ts';
import { isSelfContained, resolveWhere } from '../translate/resolve-where.ts';
import { type Where, toWhere } from '../translate/to-where.ts';
import { chosenFields } from './chosen-fields.ts';
import { filteredRelations, joinsOf } from './order-joins.ts';
import { isOfEntity } from './position.ts';
import { fragmentsIn } from './raw-fragments.ts';

/** One spec about to be run by one EntityManager. */
export interface Run<T extends object> {
  readonly em: EntityManager;
  readonly entity: EntityName<T>;
  readonly query: PreparedQuery;
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
  /** What is read of the entities besides the fields that were chosen: what a cursor stands on. Default: nothing. */
  readonly reads?: readonly OrderColumn[];
}

/** `em.find` of a spec. */
export function findRows<T extends object>(
  run: Run<T>,
  { order, limit, offset, and, reads = [] }: RowWindow,
  options: HostFindOptions<T>,
): Promise<Loaded<T>[]> {
  const { em, entity, spec, query } = run;
  const context = contextOf(spec, options);
  const find: Omit<FindOptions<T>, 'using'> = { ...context, orderBy: query.hostOrder(order), limit };
  if (offset !== undefined && offset > 0) {
    find.offset = offset;
  }
  if (spec.populate.length > 0) {
    // Without any the host populates what it needs for the fields; an empty list would keep it from that.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host wants literals; the model checked the paths
    find.populate = spec.populate as readonly never[];
  }
  if (goesThroughRelations(order)) {
    // Where to-many relations are joined the host sorts a page once more, with the conditions on its joins: in another order.
    find.strategy = LoadStrategy.BALANCED;
  }
  if (spec.fields) {
    const held = reads.map(({ field }) => field).filter(field => isOfEntity(query, field));
    find.fields = chosenFields(em.getMetadata().get(entity), spec.fields, spec.populate, held);
  }
  const send = (further: Where | undefined): Promise<Loaded<T>[]> =>
    withConditions(run, context, further, where => em.find(entity, where, markedForCache(run, find, where, further)));
  // Only an order through relations has to ask for their filters.
  return goesThroughRelations(order)
    ? filteredRelations(run, order, context).then(filtered => send(allOf(joinsOf(order, filtered), and)))
    : send(and);
}

function goesThroughRelations(order: readonly OrderColumn[]): boolean {
  return order.some(({ field }) => field.relations.length > 0);
}

function allOf(joins: readonly Where[], and: Where | undefined): Where | undefined {
  return joins.length === 0 ? and : { $and: [...joins, ...(and ? [and] : [])] };
}

/** `em.count` of a spec. */
export function countRows<T extends object>(run: Run<T>, options: HostCountOptions<T>): Promise<number> {
  const { em, entity, spec } = run;
  const context = contextOf(spec, options);
  return withConditions(run, context, undefined, where => em.count(entity, where, markedForCache(run, context, where)));
}

/** The options with the spec's shape in the context of what is logged. */
export function contextOf<O extends { loggerContext?: object }>(spec: QuerySpec, options: O): O {
  return { ...options, loggerContext: { ...options.loggerContext, shape: shapeId(spec) } };
}

/**
 * The host's cache key is JSON of conditions and options, in which raw fragments and patterns vanish: two specs would
 * share rows, and so would two tenants whose filters went into a subquery. A further option with the values tells them
 * apart; nothing else reads it.
 */
function markedForCache<T extends object, O extends { cache?: unknown }>(
  { em, spec }: Run<T>,
  options: O,
  where: unknown,
  and?: Where,
): O {
  const { cache = em.config.get('resultCache').global } = options;
  if (cache === false || cache === undefined) {
    return options;
  }
  const filters = spec.filters && canonicalText(spec.filters);
  return { ...options, querySpec: [filters, and && JSON.stringify(and, plainValue), fragmentsIn(where)] };
}

function plainValue(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? wireOperand(value) : value;
}

/** The spec's conditions in the host's words, without the EntityManager's filters. */
export async function conditionsOf<T extends object>(run: Run<T>, options: object): Promise<FilterQuery<NoInfer<T>>> {
  return hostWhere<T>(await filtersOf(run, options));
}

/** Only some conditions have to ask the database, or for filters, before they are known: see `resolveWhere`. */
function withConditions<T extends object, R>(
  run: Run<T>,
  options: object,
  and: Where | undefined,
  send: (where: FilterQuery<NoInfer<T>>) => Promise<R>,
): Promise<R> {
  const filters = filtersOf(run, options);
  return filters instanceof Promise
    ? filters.then(where => send(hostWhere<T>(where, and)))
    : send(hostWhere<T>(filters, and));
}

function hostWhere<T extends object>(filters: Where, and?: Where): FilterQuery<NoInfer<T>> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the model checked the paths in it
  return (and ? { $and: [filters, and] } : filters) as FilterQuery<NoInfer<T>>;
}

function filtersOf<T extends object>(
  { em, entity, query, spec: { filters } }: Run<T>,
  options: object,
): Where | Promise<Where> {
  if (!filters) {
    return {};
  }
  return isSelfContained(query, filters)
    ? toWhere(query, filters)
    : resolveWhere(query, filters, { em, meta: em.getMetadata().get(entity), options });
}
