import type { Collection } from '../definition/collection.ts';
import { type FilterModel, type FilterableCollection, pathOf } from '../definition/filter-model.ts';
import { count as countKind } from '../definition/value-kind.ts';
import { Pointer, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Condition } from '../spec/ast.ts';
import type { Operator } from '../spec/operators.ts';
import { type Quantifier, SIZE_OPERATORS, isQuantifier } from '../spec/quantifiers.ts';
import type { Bill } from './bill.ts';
import { parseField } from './parse-comparison.ts';
import { entriesOf, isPlainArray, itemsOf } from './plain-data.ts';

/** By what filters are read, and what they add up to. */
export interface Reading {
  readonly model: FilterModel;
  readonly bill: Bill;
}

/** Where the parser stands in the input. */
interface Place {
  readonly pointer: Pointer;
  /** Groups around it. */
  readonly depth: number;
}

const FILTERS = new Pointer().to('filters');

/**
 * Parses `filters`. An empty object is no filter; empty groups inside it are refused, since "any of nothing" and "all of
 * nothing" are opposites that look alike.
 */
export function parseFilters(reading: Reading, input: unknown): Condition | undefined {
  const pointer = FILTERS;
  const entries = entriesOf(input, pointer, reading.model.limits.nodes);
  if (entries.length === 0) {
    return undefined;
  }
  return parseEntries(reading, entries, { pointer, depth: 0 });
}

/** Fields, to-many relations and groups, all of which must hold. */
function parseConditions(reading: Reading, input: unknown, place: Place): Condition {
  requireShallow(reading, place);
  return parseEntries(reading, entriesOf(input, place.pointer, reading.model.limits.nodes), place);
}

function parseEntries(reading: Reading, entries: ReturnType<typeof entriesOf>, place: Place): Condition {
  const depth = entries.length > 1 ? place.depth + 1 : place.depth;
  const conditions: Condition[] = [];
  for (const [key, value] of entries) {
    conditions.push(...parseEntry(reading, key, value, { pointer: place.pointer.to(key), depth }));
  }
  return grouped(reading, 'and', conditions, place);
}

function parseEntry(reading: Reading, key: string, value: unknown, place: Place): readonly Condition[] {
  const inner = { pointer: place.pointer, depth: place.depth + 1 };
  switch (key) {
    case 'and':
    case 'or':
      return [grouped(reading, key, parseMembers(reading, value, inner), place)];
    case 'not':
      reading.bill.addGroup();
      return [Object.freeze({ kind: 'not', condition: parseConditions(reading, value, inner) })];
    default:
      return parseNamed(reading, key, value, place);
  }
}

function parseNamed(reading: Reading, key: string, value: unknown, place: Place): readonly Condition[] {
  const path = pathOf(reading.model, key);
  const field = reading.model.filterable.get(path);
  if (field) {
    return parseField(reading, field, value, place.pointer);
  }
  const collection = reading.model.collections.get(path);
  if (collection) {
    return parseQuantifiers(reading.bill, collection, value, place);
  }
  throw unknownField(reading.model, key, place.pointer);
}

function parseMembers(reading: Reading, input: unknown, place: Place): readonly Condition[] {
  requireShallow(reading, place);
  return itemsOf(input, place.pointer, reading.model.limits.nodes).map((item, i) =>
    parseConditions(reading, item, { pointer: place.pointer.to(i), depth: place.depth }),
  );
}

/** A group of one is that one, so that each query has one AST. */
function grouped(
  { bill }: Reading,
  kind: 'and' | 'or',
  conditions: readonly Condition[],
  { pointer }: Place,
): Condition {
  const [only] = conditions;
  if (only === undefined) {
    throw new QuerySpecError('INVALID_SHAPE', `An empty group at ${pointer}.`, { pointer });
  }
  if (conditions.length === 1) {
    return only;
  }
  bill.addGroup();
  return Object.freeze({ kind, conditions: Object.freeze(conditions) });
}

/** Parses what is said of a to-many relation: `{ some: { … }, size: 2 }`, or one of it as a tuple, `['some', { … }]`. */
function parseQuantifiers(
  bill: Bill,
  target: FilterableCollection,
  input: unknown,
  place: Place,
): readonly Condition[] {
  if (isPlainArray(input)) {
    const [name, operand, ...rest] = itemsOf(input, place.pointer, 3);
    if (operand === undefined || rest.length > 0) {
      const message = `A quantifier takes one operand at ${place.pointer}.`;
      throw new QuerySpecError('INVALID_SHAPE', message, { pointer: place.pointer });
    }
    const at = { name: place.pointer.to(0), operand: place.pointer.to(1) };
    return parseQuantifier(bill, target, name, operand, place, at);
  }
  const entries = entriesOf(input, place.pointer, target.inner.limits.nodes);
  if (entries.length === 0) {
    const message = `No operator for ${target.collection.path} at ${place.pointer}.`;
    throw new QuerySpecError('INVALID_SHAPE', message, { pointer: place.pointer });
  }
  return entries.flatMap(([name, operand]) => {
    const at = place.pointer.to(name);
    return parseQuantifier(bill, target, name, operand, place, { name: at, operand: at });
  });
}

function parseQuantifier(
  bill: Bill,
  { collection, quantifiers, inner }: FilterableCollection,
  name: unknown,
  operand: unknown,
  { depth }: Place,
  at: { readonly name: Pointer; readonly operand: Pointer },
): readonly Condition[] {
  const kind = allowedQuantifier(collection, quantifiers, name, at.name);
  const reading = { model: inner, bill };
  bill.addRelation(collection.path);
  if (kind !== 'size') {
    bill.addGroup();
    const condition = parseConditions(reading, operand, { pointer: at.operand, depth: depth + 1 });
    return [Object.freeze({ kind, relation: collection.path, condition })];
  }
  bill.addScan();
  const size = { field: { path: `the size of ${collection.path}`, kind: countKind, relations: [] }, operators: SIZES };
  return parseField(reading, size, operand, at.operand).flatMap(comparison => {
    const operator = SIZE_OPERATORS.find(candidate => candidate === comparison.operator);
    return operator ? [Object.freeze({ kind, relation: collection.path, operator, operand: comparison.operand })] : [];
  });
}

const SIZES: ReadonlySet<Operator> = new Set(SIZE_OPERATORS);

function allowedQuantifier(
  { path }: Collection,
  quantifiers: ReadonlySet<Quantifier>,
  name: unknown,
  pointer: Pointer,
): Quantifier {
  if (isQuantifier(name) && quantifiers.has(name)) {
    return name;
  }
  const allowed = [...quantifiers];
  const what = typeof name === 'string' ? `Operator ${quoted(name)} is not allowed` : 'Expected an operator';
  const message = `${what} for ${path} at ${pointer}; allowed: ${allowed.join(', ')}.`;
  throw new QuerySpecError('UNKNOWN_OPERATOR', message, { pointer, allowed });
}

function unknownField(model: FilterModel, name: string, pointer: Pointer): QuerySpecError {
  const allowed = [...model.filterable.keys(), ...model.collections.keys()];
  const message = `Unknown field ${quoted(name)} in filter of ${model.entity} at ${pointer}; filterable: ${allowed.join(', ') || 'nothing'}.`;
  return new QuerySpecError('UNKNOWN_FIELD', message, { pointer, allowed });
}

function requireShallow({ model }: Reading, { pointer, depth }: Place): void {
  if (depth > model.limits.depth) {
    throw new QuerySpecError('TOO_COMPLEX', `Groups nested deeper than ${model.limits.depth} at ${pointer}.`, {
      pointer,
    });
  }
}
