import { pathOf } from '../definition/filter-model.ts';
import type { QueryModel } from '../definition/query-model.ts';
import { Pointer, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { SortKey } from '../spec/ast.ts';
import { entriesOf, isPlainArray, itemsOf } from './plain-data.ts';

const ORDER_BY = new Pointer().to('orderBy');

/** Parses `'population DESC'`, `{ population: 'DESC' }`, or an array of either. No direction means ascending. */
export function parseOrderBy(model: QueryModel, input: unknown): readonly SortKey[] {
  const pointer = ORDER_BY;
  const keys = isPlainArray(input)
    ? itemsOf(input, pointer, model.limits.sorts).flatMap((item, i) => parseItem(model, item, pointer.to(i)))
    : parseItem(model, input, pointer);
  if (keys.length > model.limits.sorts) {
    throw new QuerySpecError('TOO_COMPLEX', `More than ${model.limits.sorts} sort keys at ${pointer}.`, { pointer });
  }
  if (keys.some((key, i) => keys.findIndex(other => other.field === key.field) < i)) {
    throw new QuerySpecError('INVALID_SHAPE', `A field is sorted by twice at ${pointer}.`, { pointer });
  }
  return model.orders.by(keys);
}

function parseItem(model: QueryModel, input: unknown, pointer: Pointer): readonly SortKey[] {
  if (typeof input !== 'string') {
    return entriesOf(input, pointer, model.limits.sorts).map(([field, direction]) =>
      sortKey(model, field, direction, pointer.to(field)),
    );
  }
  const space = input.lastIndexOf(' ');
  return space < 0
    ? [sortKey(model, input, 'asc', pointer)]
    : [sortKey(model, input.slice(0, space).trimEnd(), input.slice(space + 1), pointer)];
}

function sortKey(model: QueryModel, field: string, direction: unknown, pointer: Pointer): SortKey {
  const path = pathOf(model, field);
  if (!model.sortable.has(path)) {
    const allowed = [...model.sortable.keys()];
    const message = `Unknown field ${quoted(field)} in order of ${model.entity} at ${pointer}; sortable: ${allowed.join(', ') || 'nothing'}.`;
    throw new QuerySpecError('UNKNOWN_FIELD', message, { pointer, allowed });
  }
  return model.orders.key(path, readDirection(direction, pointer));
}

function readDirection(input: unknown, pointer: Pointer): 'asc' | 'desc' {
  switch (input) {
    case 'asc':
    case 'ASC':
      return 'asc';
    case 'desc':
    case 'DESC':
      return 'desc';
    default:
      throw new QuerySpecError('INVALID_VALUE', `Expected ASC or DESC at ${pointer}.`, {
        pointer,
        allowed: ['asc', 'desc'],
      });
  }
}
