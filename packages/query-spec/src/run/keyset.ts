import { Reference, Utils, helper } from '@mikro-orm/core';

import type { Field } from '../definition/field.ts';
import type { PreparedQuery } from '../definition/prepared-query.ts';
import { canBeNull } from '../dialects/dialect.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Value } from '../spec/ast.ts';
import type { Alternatives } from '../translate/matchers.ts';
import type { OrderColumn } from '../translate/order.ts';
import { type Where, anyTest } from '../translate/to-where.ts';

/** Where a row stands in an order: its values of the order's columns. */
export type Position = readonly (Value | null)[];

/**
 * The rows that come after a position: larger in the first column, or equal there and larger in the second, and so on.
 * The first column is bounded once more by itself, for an index on it to find the place.
 * See Winand, "We need tool support for keyset pagination": https://use-the-index-luke.com/no-offset.
 */
export function rowsAfter(query: PreparedQuery, order: readonly OrderColumn[], position: Position): Where {
  const alternatives = order.map((column, i) => ({
    $and: [
      ...order.slice(0, i).map((earlier, j) => anyTest(query, earlier.field, [{ $eq: position[j] ?? null }])),
      anyTest(query, column.field, beyond(query, column, position[i] ?? null)),
    ],
  }));
  return { $and: [...bound(query, order, position), { $or: alternatives }] };
}

/**
 * Refuses orders that a cursor cannot stand on.
 * @throws QuerySpecError `UNSUPPORTED_KEYSET` for a relation's field, and for types of which the database keeps more than the host
 * reads, so that rows would be skipped.
 */
export function requireKeyset({ dialect, model }: PreparedQuery, order: readonly OrderColumn[]): void {
  for (const { field } of order) {
    const reason = dialect.refusal(field, 'page');
    if (reason !== undefined) {
      throw new QuerySpecError('UNSUPPORTED_KEYSET', `Cannot page by ${field.path}: it ${reason}.`, {
        pointer: '/orderBy',
      });
    }
  }
  const keys = new Set(model.primaryKey.map(({ path }) => path));
  const foreign = order.find(({ field }) => field.relations.length > 0 && !keys.has(field.path));
  if (foreign) {
    const message = `Cannot page by ${foreign.field.path}: cursors stand on the entity's own fields only.`;
    throw new QuerySpecError('UNSUPPORTED_KEYSET', message, { pointer: '/orderBy' });
  }
}

/** Nulls are smallest: nothing is below them, and everything else is above. */
function beyond({ dialect }: PreparedQuery, { direction, field }: OrderColumn, value: Value | null): Alternatives {
  if (direction === 'asc') {
    return [value === null ? { $ne: null } : { $gt: value }];
  }
  return value === null ? [] : [{ $lt: value }, ...(canBeNull(dialect, field) ? [{ $eq: null }] : [])];
}

function bound(query: PreparedQuery, [first]: readonly OrderColumn[], [value]: Position): readonly Where[] {
  if (
    !first ||
    value === undefined ||
    value === null ||
    (first.direction === 'desc' && canBeNull(query.dialect, first.field))
  ) {
    return [];
  }
  return [anyTest(query, first.field, [first.direction === 'asc' ? { $gte: value } : { $lte: value }])];
}

/** Where an entity stands in an order. */
export function positionOf(order: readonly OrderColumn[], entity: object): Position {
  return order.map(({ field }) => {
    const value = valueOf(field, entity);
    if (value === undefined || value === null) {
      return null;
    }
    if (!isValue(value)) {
      throw unpageable(field);
    }
    return value;
  });
}

/** For a row that no position can be made of, rather than one that loses or repeats rows. */
export function unpageable({ path }: Field): QuerySpecError {
  const message = `Cannot page by ${path}: a row holds a value there that a cursor cannot, such as an infinity.`;
  return new QuerySpecError('UNSUPPORTED_KEYSET', message, { pointer: '/orderBy' });
}

/** A relation in a primary key is read as that key, an ObjectId as its digits. */
function valueOf(field: Field, entity: object): unknown {
  const value = field.path
    .split('.')
    .reduce<unknown>(
      (owner, name) => (typeof owner === 'object' && owner !== null ? Reflect.get(owner, name) : null),
      entity,
    );
  const key: unknown =
    typeof value === 'object' && value !== null && Utils.isEntity(value, true) ? keyOf(value) : value;
  return isObjectId(key) ? key.toHexString() : key;
}

/** MongoDB's own class, of whichever copy of its driver. */
function isObjectId(value: unknown): value is { toHexString(): string } {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'toHexString') === 'function';
}

function keyOf(entity: object): unknown {
  return helper(Reference.unwrapReference(entity)).getPrimaryKey();
}

function isValue(value: unknown): value is Value {
  if (typeof value === 'number' || value instanceof Date) {
    return Number.isFinite(Number(value));
  }
  return ['string', 'boolean', 'bigint'].includes(typeof value);
}
