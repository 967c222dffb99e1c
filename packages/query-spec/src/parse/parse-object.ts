import type { QueryModel } from '../definition/query-model.ts';
import { Pointer, pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError, isQuerySpecError } from '../query-spec-error.ts';
import type { QuerySpec } from '../spec/ast.ts';
import { IssuedSpec, type SpecParts } from '../spec/issued-spec.ts';
import { Bill } from './bill.ts';
import { type Reading, parseFilters } from './parse-filters.ts';
import { parseFields, parsePopulate } from './parse-names.ts';
import { parseOrderBy } from './parse-order-by.ts';
import { parseRowCount } from './parse-row-count.ts';
import { entriesOf } from './plain-data.ts';

const ROOT = new Pointer();
const PARAMETERS = ['filters', 'orderBy', 'populate', 'fields', 'limit', 'offset'];

/** What stands for parameters that a caller leaves out or empty, in the wire form. */
export type WireDefaults = Readonly<Record<string, unknown>>;

/** By what a query is read, and what it adds up to. */
interface QueryReading extends Reading {
  readonly model: QueryModel;
}

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
  const reading = { model, bill: new Bill() };
  readParts(reading, input, parts);
  if (defaults) {
    const missing = Object.entries(defaults).filter(([name]) => isEmpty(Reflect.get(parts, name)));
    readParts(reading, Object.fromEntries(missing), parts);
  }
  requireAffordable(reading, parts);
  return new IssuedSpec<T>(identity, model.entity, parts, model.limits.defaultLimit);
}

/**
 * Checks the defaults when a model is made, so that a slip in them is not each caller's.
 * @throws QuerySpecError `INVALID_DEFINITION`
 */
export function requireDefaults(model: QueryModel, defaults: WireDefaults): void {
  try {
    readParts({ model, bill: new Bill() }, defaults, {});
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
function readParts({ model, bill }: QueryReading, input: unknown, parts: SpecParts): void {
  for (const [name, value] of entriesOf(input, ROOT, PARAMETERS.length + 1)) {
    switch (name) {
      case 'filters':
        parts.filters = parseFilters({ model, bill }, value);
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

/** @throws QuerySpecError `TOO_COMPLEX` */
function requireAffordable(
  { model, bill }: QueryReading,
  { orderBy = [], populate = [], offset = 0 }: SpecParts,
): void {
  for (const { field } of orderBy) {
    bill.addSortKey(model.sortable.get(field)?.relations.length ?? 0);
  }
  for (const path of populate) {
    bill.addRelation(path);
  }
  bill.addOffset(offset);
  bill.requireAffordable(model.limits);
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
