import type { Field } from '../definition/field.ts';
import type { PreparedQuery } from '../definition/prepared-query.ts';
import { canBeNull } from '../dialects/dialect.ts';
import type { StoredTest, Test } from '../translate/matchers.ts';
import type { OrderColumn } from '../translate/order.ts';
import { type Where, anyTest } from '../translate/to-where.ts';
import { type Position, type PositionValue, isStored } from './position.ts';

/**
 * The rows that come after a position: larger in the first column, or equal there and larger in the second, and so on.
 * The first column is bounded once more by itself, for an index on it to find the place.
 * See Winand, "We need tool support for keyset pagination": https://use-the-index-luke.com/no-offset.
 */
export function rowsAfter(query: PreparedQuery, order: readonly OrderColumn[], position: Position): Where {
  const alternatives = order.map((column, i) => ({
    $and: [
      ...order.slice(0, i).map((earlier, j) => anyTest(query, earlier.field, [testOf('$eq', position[j] ?? null)])),
      anyTest(query, column.field, beyond(query, column, position[i] ?? null)),
    ],
  }));
  return { $and: [...bound(query, order, position), { $or: alternatives }] };
}

/** Nulls are smallest: nothing is below them, and everything else is above. */
function beyond({ dialect }: PreparedQuery, { direction, field }: OrderColumn, value: PositionValue): readonly Test[] {
  if (direction === 'asc') {
    return [value === null ? { $ne: null } : testOf('$gt', value)];
  }
  return value === null ? [] : [testOf('$lt', value), ...orNull(dialect, field)];
}

function orNull(dialect: PreparedQuery['dialect'], field: Field): readonly Test[] {
  return canBeNull(dialect, field) ? [{ $eq: null }] : [];
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
  return [anyTest(query, first.field, [testOf(first.direction === 'asc' ? '$gte' : '$lte', value)])];
}

function testOf(is: StoredTest['is'], value: PositionValue): Test {
  return value !== null && isStored(value) ? { stored: value.stored, is } : { [is]: value };
}
