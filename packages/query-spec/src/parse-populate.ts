import { pointerTo, quoted } from './json-pointer.ts';
import { itemsOf } from './plain-data.ts';
import type { QueryModel } from './query-model.ts';
import { QuerySpecError } from './query-spec-error.ts';

/** Parses the name of a relation, or an array of them. `*` is no name. */
export function parsePopulate(model: QueryModel, input: unknown): readonly string[] {
  const pointer = '/populate';
  if (typeof input === 'string') {
    return [requirePopulatable(model, input, pointer)];
  }
  const names = itemsOf(input, pointer, Math.max(1, model.populatable.size)).map((item, i) =>
    requirePopulatable(model, item, pointerTo(pointer, i)),
  );
  if (new Set(names).size < names.length) {
    throw new QuerySpecError('INVALID_SHAPE', `A relation is named twice at ${pointer}.`, { pointer });
  }
  return names;
}

function requirePopulatable(model: QueryModel, name: unknown, pointer: string): string {
  if (typeof name === 'string' && model.populatable.has(name)) {
    return name;
  }
  const allowed = [...model.populatable];
  const what = typeof name === 'string' ? `Unknown relation ${quoted(name)}` : 'Expected the name of a relation';
  const message = `${what} in populate of ${model.entity} at ${pointer}; populatable: ${allowed.join(', ') || 'nothing'}.`;
  throw new QuerySpecError('UNKNOWN_FIELD', message, { pointer, allowed });
}
