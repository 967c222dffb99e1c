import type { QueryModel } from '../definition/query-model.ts';
import { pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError, isQuerySpecError } from '../query-spec-error.ts';
import type { QuerySpec } from '../spec/ast.ts';
import { IssuedSpec, type SpecParts } from '../spec/issued-spec.ts';
import { requireAffordable } from './cost.ts';
import { parseFilters } from './parse-filters.ts';
import { parseFields, parsePopulate } from './parse-names.ts';
import { parseOrderBy } from './parse-order-by.ts';
import { parseRowCount } from './parse-row-count.ts';
import { entriesOf } from './plain-data.ts';

const PARAMETERS = ['filters', 'orderBy', 'populate', 'fields', 'limit', 'offset'];

/** What stands for parameters that a caller leaves out or empty, in the wire form. */
export type WireDefaults = Readonly<Record<string, unknown>>;

/** Whose specs are made, and how. */
export interface Issuer {
  readonly model: QueryModel;
  readonly defaults: WireDefaults | undefined;
  /** Stands for the query that runs the specs. */
  readonly identity: object;
}

/**
 * Parses the wire form. Whatever makes a part of the spec freezes it, while it is at hand.
 * @throws QuerySpecError for everything that the model does not allow; nothing is dropped or lowered silently.
 */
export function parseObject<T extends object>({ model, defaults, identity }: Issuer, input: unknown): QuerySpec<T> {
  const parts: SpecParts = {};
  readParts(model, input, parts);
  if (defaults) {
    const missing = Object.entries(defaults).filter(([name]) => isEmpty(Reflect.get(parts, name)));
    readParts(model, Object.fromEntries(missing), parts);
  }
  const spec = new IssuedSpec<T>(identity, model.entity, parts, model.limits.defaultLimit);
  requireAffordable(spec, model.limits);
  return spec;
}

/**
 * Checks the defaults when a model is made, so that a slip in them is not each caller's.
 * @throws QuerySpecError `INVALID_DEFINITION`
 */
export function requireDefaults(model: QueryModel, defaults: WireDefaults): void {
  try {
    readParts(model, defaults, {});
  } catch (cause) {
    if (!isQuerySpecError(cause)) {
      throw cause;
    }
    const { allowed, message } = cause;
    const pointer = `/defaults${cause.pointer}`;
    throw new QuerySpecError('INVALID_DEFINITION', `In the defaults: ${message}`, { pointer, allowed, cause });
  }
}

/** Reads what the input says, and no more, into `parts`. */
function readParts(model: QueryModel, input: unknown, parts: SpecParts): void {
  for (const [name, value] of entriesOf(input, '', PARAMETERS.length + 1)) {
    switch (name) {
      case 'filters':
        parts.filters = parseFilters(model, value);
        break;
      case 'orderBy':
        parts.orderBy = parseOrderBy(model, value);
        break;
      case 'populate':
        parts.populate = parsePopulate(model, value);
        break;
      case 'fields':
        parts.fields = parseFields(model, value);
        break;
      case 'limit':
        parts.limit = parseRowCount(value, '/limit', { least: 0, most: model.limits.maxLimit });
        break;
      case 'offset':
        parts.offset = parseRowCount(value, '/offset', { least: 0, most: model.limits.maxOffset });
        break;
      default:
        throw unknownParameter(name, PARAMETERS);
    }
  }
}

function isEmpty(part: unknown): boolean {
  return part === undefined || (Array.isArray(part) && part.length === 0);
}

/** For a top-level name that neither door knows. */
export function unknownParameter(name: string, allowed: readonly string[]): QuerySpecError {
  const pointer = pointerTo('', name);
  const message = `Unknown parameter ${quoted(name)} at ${pointer}; known: ${allowed.join(', ')}.`;
  return new QuerySpecError('UNKNOWN_PARAMETER', message, { pointer, allowed });
}
