import { pathOf } from '../definition/filter-model.ts';
import type { QueryModel } from '../definition/query-model.ts';
import { Pointer, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { itemsOf } from './plain-data.ts';

/** Names that a caller lists, and which there may be. `*` is no name. */
interface NameList {
  readonly parameter: 'populate' | 'fields';
  readonly allowed: ReadonlySet<string>;
  /** For messages. */
  readonly noun: string;
  readonly adjective: string;
}

/** Parses the name of a relation to populate, or an array of them. */
export function parsePopulate(model: QueryModel, input: unknown): readonly string[] {
  return parseNames(model, input, {
    parameter: 'populate',
    allowed: model.populatable,
    noun: 'relation',
    adjective: 'populatable',
  });
}

/** Parses the name of a field to load, or an array of them. */
export function parseFields(model: QueryModel, input: unknown): readonly string[] {
  return parseNames(model, input, {
    parameter: 'fields',
    allowed: model.selectable,
    noun: 'field',
    adjective: 'selectable',
  });
}

function parseNames(model: QueryModel, input: unknown, list: NameList): readonly string[] {
  const pointer = new Pointer().to(list.parameter);
  if (typeof input === 'string') {
    return Object.freeze([requireListed(model, input, list, pointer)]);
  }
  const names = itemsOf(input, pointer, Math.max(1, list.allowed.size)).map((item, i) =>
    requireListed(model, item, list, pointer.to(i)),
  );
  if (new Set(names).size < names.length) {
    throw new QuerySpecError('INVALID_SHAPE', `A ${list.noun} is named twice at ${pointer}.`, { pointer });
  }
  return Object.freeze(names);
}

function requireListed(model: QueryModel, name: unknown, list: NameList, pointer: Pointer): string {
  const path = typeof name === 'string' ? pathOf(model, name) : undefined;
  if (path !== undefined && list.allowed.has(path)) {
    return path;
  }
  const allowed = [...list.allowed];
  const what =
    typeof name === 'string' ? `Unknown ${list.noun} ${quoted(name)}` : `Expected the name of a ${list.noun}`;
  const message = `${what} in ${list.parameter} of ${model.entity} at ${pointer}; ${list.adjective}: ${allowed.join(', ') || 'nothing'}.`;
  throw new QuerySpecError('UNKNOWN_FIELD', message, { pointer, allowed });
}
