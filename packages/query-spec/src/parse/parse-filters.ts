import type { Collection } from '../definition/collection.ts';
import { type FilterModel, type FilterableCollection, pathOf } from '../definition/filter-model.ts';
import type { QueryModel } from '../definition/query-model.ts';
import { count as countKind } from '../definition/value-kind.ts';
import { pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Condition } from '../spec/ast.ts';
import type { Operator } from '../spec/operators.ts';
import { type Quantifier, SIZE_OPERATORS, isQuantifier } from '../spec/quantifiers.ts';
import { parseField } from './parse-comparison.ts';
import { entriesOf, isPlainArray, itemsOf } from './plain-data.ts';

/** Where the parser stands in the input. */
interface Place {
  readonly pointer: string;
  /** Groups around it. */
  readonly depth: number;
}

/**
 * Parses `filters`. An empty object is no filter; empty groups inside it are refused, since "any of nothing" and "all of
 * nothing" are opposites that look alike.
 */
export function parseFilters(model: QueryModel, input: unknown): Condition | undefined {
  const pointer = '/filters';
  const entries = entriesOf(input, pointer, model.limits.nodes);
  if (entries.length === 0) {
    return undefined;
  }
  return parseEntries(model, entries, { pointer, depth: 0 });
}

/** Fields, to-many relations and groups, all of which must hold. */
function parseConditions(model: FilterModel, input: unknown, place: Place): Condition {
  requireShallow(model, place);
  return parseEntries(model, entriesOf(input, place.pointer, model.limits.nodes), place);
}

function parseEntries(model: FilterModel, entries: ReturnType<typeof entriesOf>, place: Place): Condition {
  const depth = entries.length > 1 ? place.depth + 1 : place.depth;
  const conditions: Condition[] = [];
  for (const [key, value] of entries) {
    conditions.push(...parseEntry(model, key, value, { pointer: pointerTo(place.pointer, key), depth }));
  }
  return grouped('and', conditions, place);
}

function parseEntry(model: FilterModel, key: string, value: unknown, place: Place): readonly Condition[] {
  const inner = { pointer: place.pointer, depth: place.depth + 1 };
  switch (key) {
    case 'and':
    case 'or':
      return [grouped(key, parseMembers(model, value, inner), place)];
    case 'not':
      return [Object.freeze({ kind: 'not', condition: parseConditions(model, value, inner) })];
    default:
      return parseNamed(model, key, value, place);
  }
}

function parseNamed(model: FilterModel, key: string, value: unknown, place: Place): readonly Condition[] {
  const path = pathOf(model, key);
  const field = model.filterable.get(path);
  if (field) {
    return parseField(model, field, value, place.pointer);
  }
  const collection = model.collections.get(path);
  if (collection) {
    return parseQuantifiers(collection, value, place);
  }
  throw unknownField(model, key, place.pointer);
}

function parseMembers(model: FilterModel, input: unknown, place: Place): readonly Condition[] {
  requireShallow(model, place);
  return itemsOf(input, place.pointer, model.limits.nodes).map((item, i) =>
    parseConditions(model, item, { pointer: pointerTo(place.pointer, i), depth: place.depth }),
  );
}

/** A group of one is that one, so that each query has one AST. */
function grouped(kind: 'and' | 'or', conditions: readonly Condition[], place: Place): Condition {
  const [only] = conditions;
  if (only === undefined) {
    throw new QuerySpecError('INVALID_SHAPE', `An empty group at ${place.pointer}.`, { pointer: place.pointer });
  }
  return conditions.length === 1 ? only : Object.freeze({ kind, conditions: Object.freeze(conditions) });
}

/** Parses what is said of a to-many relation: `{ some: { … }, size: 2 }`, or one of it as a tuple, `['some', { … }]`. */
function parseQuantifiers(target: FilterableCollection, input: unknown, place: Place): readonly Condition[] {
  if (isPlainArray(input)) {
    const [name, operand, ...rest] = itemsOf(input, place.pointer, 3);
    if (operand === undefined || rest.length > 0) {
      const message = `A quantifier takes one operand at ${place.pointer}.`;
      throw new QuerySpecError('INVALID_SHAPE', message, { pointer: place.pointer });
    }
    const at = { name: pointerTo(place.pointer, 0), operand: pointerTo(place.pointer, 1) };
    return parseQuantifier(target, name, operand, place, at);
  }
  const entries = entriesOf(input, place.pointer, target.inner.limits.nodes);
  if (entries.length === 0) {
    const message = `No operator for ${target.collection.path} at ${place.pointer}.`;
    throw new QuerySpecError('INVALID_SHAPE', message, { pointer: place.pointer });
  }
  return entries.flatMap(([name, operand]) => {
    const at = pointerTo(place.pointer, name);
    return parseQuantifier(target, name, operand, place, { name: at, operand: at });
  });
}

function parseQuantifier(
  { collection, quantifiers, inner }: FilterableCollection,
  name: unknown,
  operand: unknown,
  { depth }: Place,
  at: { readonly name: string; readonly operand: string },
): readonly Condition[] {
  const kind = allowedQuantifier(collection, quantifiers, name, at.name);
  if (kind !== 'size') {
    const condition = parseConditions(inner, operand, { pointer: at.operand, depth: depth + 1 });
    return [Object.freeze({ kind, relation: collection.path, condition })];
  }
  const size = { field: { path: `the size of ${collection.path}`, kind: countKind }, operators: SIZES };
  return parseField(inner, size, operand, at.operand).flatMap(comparison => {
    const operator = SIZE_OPERATORS.find(candidate => candidate === comparison.operator);
    return operator ? [Object.freeze({ kind, relation: collection.path, operator, operand: comparison.operand })] : [];
  });
}

const SIZES: ReadonlySet<Operator> = new Set(SIZE_OPERATORS);

function allowedQuantifier(
  { path }: Collection,
  quantifiers: ReadonlySet<Quantifier>,
  name: unknown,
  pointer: string,
): Quantifier {
  if (isQuantifier(name) && quantifiers.has(name)) {
    return name;
  }
  const allowed = [...quantifiers];
  const what = typeof name === 'string' ? `Operator ${quoted(name)} is not allowed` : 'Expected an operator';
  const message = `${what} for ${path} at ${pointer}; allowed: ${allowed.join(', ')}.`;
  throw new QuerySpecError('UNKNOWN_OPERATOR', message, { pointer, allowed });
}

function unknownField(model: FilterModel, name: string, pointer: string): QuerySpecError {
  const allowed = [...model.filterable.keys(), ...model.collections.keys()];
  const message = `Unknown field ${quoted(name)} in filter of ${model.entity} at ${pointer}; filterable: ${allowed.join(', ') || 'nothing'}.`;
  return new QuerySpecError('UNKNOWN_FIELD', message, { pointer, allowed });
}

function requireShallow(model: FilterModel, { pointer, depth }: Place): void {
  if (depth > model.limits.depth) {
    throw new QuerySpecError('TOO_COMPLEX', `Groups nested deeper than ${model.limits.depth} at ${pointer}.`, {
      pointer,
    });
  }
}
