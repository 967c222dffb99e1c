import type { QuerySpec } from './ast.ts';
import { requireAffordable } from './cost.ts';
import { pointerTo, quoted } from './json-pointer.ts';
import { parseFilters } from './parse-filters.ts';
import { parseFields, parsePopulate } from './parse-names.ts';
import { parseOrderBy } from './parse-order-by.ts';
import { parseRowCount } from './parse-row-count.ts';
import { entriesOf } from './plain-data.ts';
import type { QueryModel } from './query-model.ts';
import { QuerySpecError } from './query-spec-error.ts';

const PARAMETERS = ['filters', 'orderBy', 'populate', 'fields', 'limit', 'offset'];

/** What stands for parameters that a caller leaves out or empty, in the wire form. */
export type WireDefaults = Readonly<Record<string, unknown>>;

/**
 * Parses the wire form.
 * @throws QuerySpecError for everything that the model does not allow; nothing is dropped or lowered silently.
 */
export function parseObject<T extends object>(model: QueryModel, defaults: WireDefaults, input: unknown): QuerySpec<T> {
  const given = parseGiven(model, input);
  const missing = Object.entries(defaults).filter(([name]) => isEmpty(Reflect.get(given, name)));
  const {
    filters,
    orderBy = [],
    populate = [],
    fields = [],
    limit = model.limits.defaultLimit,
    offset = 0,
  } = missing.length === 0 ? given : { ...given, ...parseGiven(model, Object.fromEntries(missing)) };
  const spec: QuerySpec<T> = {
    entity: model.entity,
    ...(filters && { filters }),
    orderBy,
    populate,
    ...(fields.length > 0 && { fields }),
    limit,
    offset,
  };
  requireAffordable(spec, model.limits.cost);
  return spec;
}

type GivenParts = { -readonly [K in keyof Omit<QuerySpec, 'entity' | '~entity'>]?: QuerySpec[K] };

/** What the input says, and no more. */
function parseGiven(model: QueryModel, input: unknown): GivenParts {
  const given = new Map(entriesOf(input, '', PARAMETERS.length + 1));
  requireKnown([...given.keys()]);
  const rowCount = (name: string, most: number) => parseRowCount(given.get(name), `/${name}`, { least: 0, most });
  const filters = given.has('filters') ? parseFilters(model, given.get('filters')) : undefined;
  return {
    ...(filters && { filters }),
    ...(given.has('orderBy') && { orderBy: parseOrderBy(model, given.get('orderBy')) }),
    ...(given.has('populate') && { populate: parsePopulate(model, given.get('populate')) }),
    ...(given.has('fields') && { fields: parseFields(model, given.get('fields')) }),
    ...(given.has('limit') && { limit: rowCount('limit', model.limits.maxLimit) }),
    ...(given.has('offset') && { offset: rowCount('offset', model.limits.maxOffset) }),
  };
}

function isEmpty(part: unknown): boolean {
  return part === undefined || (Array.isArray(part) && part.length === 0);
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
