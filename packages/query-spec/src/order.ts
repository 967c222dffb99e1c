import type { QuerySpec, SortKey } from './ast.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { Field } from './field.ts';
import type { QueryModel } from './query-model.ts';

/** One column of an order that leaves no two rows equal. */
export interface OrderColumn {
  readonly field: Field;
  readonly direction: 'asc' | 'desc';
}

/** The order of a spec with the primary key appended, ascending. Nulls are smallest. */
export function totalOrder(model: QueryModel, spec: QuerySpec): readonly OrderColumn[] {
  const asked = spec.orderBy.flatMap(key => columnOf(model, key));
  const paths = new Set(asked.map(column => column.field.path));
  const rest = model.primaryKey.filter(field => !paths.has(field.path));
  return [...asked, ...rest.map(field => ({ field, direction: 'asc' }) as const)];
}

/** The same rows from the other end. */
export function reversed(order: readonly OrderColumn[]): readonly OrderColumn[] {
  return order.map(({ field, direction }) => ({ field, direction: direction === 'asc' ? 'desc' : 'asc' }));
}

/** The order in the host's words. */
export function toOrderBy(dialect: Dialect, order: readonly OrderColumn[]): Record<string, unknown>[] {
  return order.map(column => {
    const { segments } = column.field;
    return segments.slice(0, -1).reduceRight<Record<string, unknown>>((inner, segment) => ({ [segment]: inner }), {
      [segments.at(-1) ?? '']: dialect.direction(column),
    });
  });
}

function columnOf(model: QueryModel, { field, direction }: SortKey): readonly OrderColumn[] {
  const sortable = model.sortable.get(field);
  return sortable ? [{ field: sortable, direction }] : [];
}
