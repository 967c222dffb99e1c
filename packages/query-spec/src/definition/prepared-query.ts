import type { Dialect, Use } from '../dialects/dialect.ts';
import { pointerTo } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { remembered } from '../remembered.ts';
import type { SortKey } from '../spec/ast.ts';
import type { NullRule } from '../translate/matchers.ts';
import { type OrderColumn, toOrderBy, totalOrder } from '../translate/order.ts';
import type { Field } from './field.ts';
import type { FilterModel } from './filter-model.ts';
import type { QueryModel } from './query-model.ts';

/** What a condition is translated by. */
export interface Translation {
  readonly model: FilterModel;
  readonly dialect: Dialect;
  readonly nulls: NullRule;
}

/** A definition that one ORM can keep: its model with the ORM's columns, and its database. */
export interface PreparedQuery extends Translation {
  readonly model: QueryModel;
  readonly totalOrder: (orderBy: readonly SortKey[]) => readonly OrderColumn[];
  /** An order in the host's words. */
  readonly hostOrder: (order: readonly OrderColumn[]) => object;
}

/** Checks a definition for one ORM. Orders are made once each: the host reads them and no more. */
export function prepareQuery(model: QueryModel, dialect: Dialect, nulls: NullRule): PreparedQuery {
  requireKept(model, dialect);
  return {
    model,
    dialect,
    nulls,
    totalOrder: remembered(orderBy => totalOrder(model, orderBy)),
    hostOrder: remembered(order => toOrderBy(dialect, order)),
  };
}

/**
 * Checks that the database finds the same rows as the others in everything that the definition allows.
 * @throws QuerySpecError `INVALID_DEFINITION` with what to declare.
 */
function requireKept(model: QueryModel, dialect: Dialect): void {
  requireFilters(dialect, model);
  [...model.sortable.values()].forEach((field, i) => requireUse(dialect, model, field, 'sort', pointerTo('/sort', i)));
  model.primaryKey.forEach(field => requireUse(dialect, model, field, 'sort', pointerTo('/primaryKey', field.path)));
}

function requireFilters(dialect: Dialect, model: FilterModel, prefix = ''): void {
  for (const [path, { field, operators }] of model.filterable) {
    const pointer = pointerTo('/filter', prefix + path);
    [...operators].forEach((operator, i) => requireUse(dialect, model, field, operator, pointerTo(pointer, i)));
  }
  for (const [path, { inner }] of model.collections) {
    requireFilters(dialect, inner, `${prefix}${path}.`);
  }
}

function requireUse(dialect: Dialect, { entity }: FilterModel, field: Field, use: Use, pointer: string): void {
  const reason = dialect.refusal(field, use);
  if (reason !== undefined) {
    const message = `${entity}.${field.path} at ${pointer} cannot have ${use}: it ${reason}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer });
  }
}
