import type { Field } from '../definition/field.ts';
import type { QueryModel } from '../definition/query-model.ts';
import type { Dialect, Leaf } from '../dialects/dialect.ts';
import { remembered } from '../remembered.ts';
import type { SortKey } from '../spec/ast.ts';
import { behind } from './to-where.ts';

/** One column of an order that leaves no two rows equal. */
export interface OrderColumn {
  readonly field: Field;
  readonly direction: 'asc' | 'desc';
}

/**
 * The order of a spec, ended by the primary key. The key goes the way of the last field, so that an index gives both when it
 * is read backward; behind a whole key nothing is left to order, and databases would sort for it. Nulls are smallest.
 */
export function totalOrder({ sortable, primaryKey }: QueryModel, orderBy: readonly SortKey[]): readonly OrderColumn[] {
  const order = orderBy.map(key => columnOf(sortable, key));
  const direction = order.at(-1)?.direction ?? 'asc';
  for (const field of primaryKey) {
    if (!orderBy.some(key => key.field === field.path)) {
      order.push({ field, direction });
    }
  }
  const last = order.findLastIndex(({ field }) => primaryKey.some(({ path }) => path === field.path));
  return order.slice(0, last + 1);
}

/** The same rows from the other end. */
export const reversed = remembered((order: readonly OrderColumn[]): readonly OrderColumn[] =>
  order.map(({ field, direction }) => ({ field, direction: direction === 'asc' ? 'desc' : 'asc' })),
);

/** The order in the host's words: one object, which it has less work with, where that keeps every key in its place. */
export function toOrderBy(dialect: Dialect, order: readonly OrderColumn[]): object {
  const keys: Leaf = {};
  for (const column of order) {
    const { relations, name } = column.field;
    const first = relations[0] ?? name;
    if (Object.hasOwn(keys, first) || isNumber(first)) {
      return order.map(each => keyOf(dialect, each));
    }
    keys[first] = relations.length === 0 ? dialect.direction(column) : keyOf(dialect, column)[first];
  }
  return keys;
}

/** Objects have such names first, whatever the order in which they were written. */
function isNumber(name: string): boolean {
  return !Number.isNaN(Number(name));
}

function keyOf(dialect: Dialect, column: OrderColumn): Leaf {
  const { relations, name } = column.field;
  return behind(relations, { [name]: dialect.direction(column) });
}

function columnOf(sortable: QueryModel['sortable'], { field: path, direction }: SortKey): OrderColumn {
  const field = sortable.get(path);
  if (!field) {
    throw new RangeError(`${path} is not sortable`);
  }
  return { field, direction };
}
