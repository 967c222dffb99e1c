import type { QuerySpec } from './ast.ts';
import { pointerTo, quoted } from './json-pointer.ts';
import { parseFilters } from './parse-filters.ts';
import { parseOrderBy } from './parse-order-by.ts';
import { parsePopulate } from './parse-populate.ts';
import { parseRowCount } from './parse-row-count.ts';
import { entriesOf } from './plain-data.ts';
import type { QueryModel } from './query-model.ts';
import { QuerySpecError } from './query-spec-error.ts';
import type { RowLimits } from './row-limits.ts';

const PARAMETERS = ['filters', 'orderBy', 'populate', 'limit', 'offset'];

/**
 * Parses the wire form.
 * @throws QuerySpecError for everything that the model does not allow; nothing is dropped or lowered silently.
 */
export function parseObject<T extends object>(model: QueryModel, limits: RowLimits, input: unknown): QuerySpec<T> {
  const given = new Map(entriesOf(input, '', PARAMETERS.length + 1));
  requireKnown([...given.keys()]);
  const rowCount = (name: string, most: number) => parseRowCount(given.get(name), `/${name}`, { least: 0, most });
  const filters = given.has('filters') ? parseFilters(model, given.get('filters')) : undefined;
  return {
    entity: model.entity,
    ...(filters && { filters }),
    orderBy: given.has('orderBy') ? parseOrderBy(model, given.get('orderBy')) : [],
    populate: given.has('populate') ? parsePopulate(model, given.get('populate')) : [],
    limit: given.has('limit') ? rowCount('limit', limits.maxLimit) : limits.defaultLimit,
    offset: given.has('offset') ? rowCount('offset', limits.maxOffset) : 0,
  };
}

function requireKnown(names: readonly string[]): void {
  const unknown = names.find(name => !PARAMETERS.includes(name));
  if (unknown !== undefined) {
    throw unknownParameter(unknown, PARAMETERS);
  }
}

/** For a top-level name that neither door knows. */
export function unknownParameter(name: string, allowed: readonly string[]): QuerySpecError {
  const pointer = pointerTo('', name);
  const message = `Unknown parameter ${quoted(name)} at ${pointer}; known: ${allowed.join(', ')}.`;
  return new QuerySpecError('UNKNOWN_PARAMETER', message, { pointer, allowed });
}
