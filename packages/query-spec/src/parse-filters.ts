import type { Comparison, Condition } from './ast.ts';
import { coerceOperand } from './coerce-value.ts';
import { pointerTo, quoted } from './json-pointer.ts';
import { type Operator, OPERATORS, operatorNamed } from './operators.ts';
import { entriesOf, isPlainArray, isPlainObject, itemsOf } from './plain-data.ts';
import { type FilterableField, type QueryModel, pathOf } from './query-model.ts';
import { QuerySpecError } from './query-spec-error.ts';

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
  if (isPlainObject(input) && entriesOf(input, pointer, model.limits.nodes).length === 0) {
    return undefined;
  }
  const filters = parseObject(model, input, { pointer, depth: 0 });
  if (countNodes(filters) > model.limits.nodes) {
    throw new QuerySpecError('TOO_COMPLEX', `More than ${model.limits.nodes} conditions at ${pointer}.`, { pointer });
  }
  return filters;
}

function parseObject(model: QueryModel, input: unknown, place: Place): Condition {
  requireShallow(model, place);
  const entries = entriesOf(input, place.pointer, model.limits.nodes);
  const depth = entries.length > 1 ? place.depth + 1 : place.depth;
  const conditions = entries.flatMap(([key, value]) =>
    parseEntry(model, key, value, { pointer: pointerTo(place.pointer, key), depth }),
  );
  return grouped('and', conditions, place);
}

function parseEntry(model: QueryModel, key: string, value: unknown, place: Place): readonly Condition[] {
  const inner = { pointer: place.pointer, depth: place.depth + 1 };
  switch (key) {
    case 'and':
    case 'or':
      return [grouped(key, parseMembers(model, value, inner), place)];
    case 'not':
      return [{ kind: 'not', condition: parseObject(model, value, inner) }];
    default:
      return parseField(model, key, value, place.pointer);
  }
}

function parseMembers(model: QueryModel, input: unknown, place: Place): readonly Condition[] {
  requireShallow(model, place);
  return itemsOf(input, place.pointer, model.limits.nodes).map((item, i) =>
    parseObject(model, item, { pointer: pointerTo(place.pointer, i), depth: place.depth }),
  );
}

/** A group of one is that one, so that each query has one AST. */
function grouped(kind: 'and' | 'or', conditions: readonly Condition[], place: Place): Condition {
  const [only] = conditions;
  if (only === undefined) {
    throw new QuerySpecError('INVALID_SHAPE', `An empty group at ${place.pointer}.`, { pointer: place.pointer });
  }
  return conditions.length === 1 ? only : { kind, conditions };
}

function parseField(model: QueryModel, path: string, input: unknown, pointer: string): readonly Comparison[] {
  const target = model.filterable.get(pathOf(model, path));
  if (!target) {
    throw unknownField(model, path, pointer);
  }
  if (isPlainArray(input)) {
    return [parseTuple(model, target, input, pointer)];
  }
  if (isPlainObject(input)) {
    return parseLongForm(model, target, input, pointer);
  }
  return [compare(model, target, 'eq', input, { operator: pointer, operand: pointer })];
}

function parseTuple(model: QueryModel, target: FilterableField, input: unknown, pointer: string): Comparison {
  const [name, ...operands] = itemsOf(input, pointer, 3);
  const at = pointerTo(pointer, 0);
  const operator = allowedOperator(target, name, at);
  if (OPERATORS[operator].form === 'pair') {
    return compare(model, target, operator, operands, { operator: at, operand: pointer });
  }
  if (operands.length !== 1) {
    throw new QuerySpecError('INVALID_SHAPE', `${operator} takes one operand at ${pointer}.`, { pointer });
  }
  return compare(model, target, operator, operands[0], { operator: at, operand: pointerTo(pointer, 1) });
}

function parseLongForm(
  model: QueryModel,
  target: FilterableField,
  input: object,
  pointer: string,
): readonly Comparison[] {
  const entries = entriesOf(input, pointer, model.limits.nodes);
  if (entries.length === 0) {
    throw new QuerySpecError('INVALID_SHAPE', `No operator for ${target.field.path} at ${pointer}.`, { pointer });
  }
  return entries.map(([name, operand]) => {
    const at = pointerTo(pointer, name);
    return compare(model, target, name, operand, { operator: at, operand: at });
  });
}

function compare(
  model: QueryModel,
  target: FilterableField,
  name: string,
  input: unknown,
  at: { readonly operator: string; readonly operand: string },
): Comparison {
  const operator = allowedOperator(target, name, at.operator);
  const operand = coerceOperand(target.field, OPERATORS[operator].form, input, at.operand, model.limits);
  return { kind: 'comparison', field: target.field.path, operator, operand };
}

function allowedOperator({ field, operators }: FilterableField, name: unknown, pointer: string): Operator {
  const operator = typeof name === 'string' ? operatorNamed(name) : undefined;
  if (operator !== undefined && operators.has(operator)) {
    return operator;
  }
  const allowed = [...operators];
  const what = typeof name === 'string' ? `Operator ${quoted(name)} is not allowed` : 'Expected an operator';
  const message = `${what} for ${field.path} at ${pointer}; allowed: ${allowed.join(', ')}.`;
  throw new QuerySpecError('UNKNOWN_OPERATOR', message, { pointer, allowed });
}

function unknownField(model: QueryModel, name: string, pointer: string): QuerySpecError {
  const allowed = [...model.filterable.keys()];
  const message = `Unknown field ${quoted(name)} in filter of ${model.entity} at ${pointer}; filterable: ${allowed.join(', ') || 'nothing'}.`;
  return new QuerySpecError('UNKNOWN_FIELD', message, { pointer, allowed });
}

function requireShallow(model: QueryModel, { pointer, depth }: Place): void {
  if (depth > model.limits.depth) {
    throw new QuerySpecError('TOO_COMPLEX', `Groups nested deeper than ${model.limits.depth} at ${pointer}.`, {
      pointer,
    });
  }
}

function countNodes(condition: Condition): number {
  if (condition.kind === 'comparison') {
    return 1;
  }
  const members = condition.kind === 'not' ? [condition.condition] : condition.conditions;
  return members.reduce((count, member) => count + countNodes(member), 1);
}
