import type { FilterModel, FilterableField } from '../definition/filter-model.ts';
import { pointerTo, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Comparison } from '../spec/ast.ts';
import { type Operator, OPERATORS, operatorNamed } from '../spec/operators.ts';
import { type Subject, coerceOperand } from './coerce-value.ts';
import { entriesOf, isPlainArray, isPlainObject, itemsOf } from './plain-data.ts';

/** What can be compared: a field, or the size of a to-many relation. */
export interface Comparable extends Pick<FilterableField, 'operators'> {
  readonly field: Subject;
}

type ValueLimits = Pick<FilterModel, 'limits'>;

/** Parses what is said of one field: a tuple, the long form, or a value that it equals. */
export function parseField(
  model: ValueLimits,
  target: Comparable,
  input: unknown,
  pointer: string,
): readonly Comparison[] {
  if (isPlainArray(input)) {
    return [parseTuple(model, target, input, pointer)];
  }
  if (isPlainObject(input)) {
    return parseLongForm(model, target, input, pointer);
  }
  return [comparison(model, target, allowedOperator(target, 'eq', pointer), input, pointer)];
}

function parseTuple(model: ValueLimits, target: Comparable, input: unknown, pointer: string): Comparison {
  const items = itemsOf(input, pointer, 3);
  const operator = allowedOperator(target, items[0], pointerTo(pointer, 0));
  if (OPERATORS[operator].form === 'pair') {
    return comparison(model, target, operator, items.slice(1), pointer);
  }
  if (items.length !== 2) {
    throw new QuerySpecError('INVALID_SHAPE', `${operator} takes one operand at ${pointer}.`, { pointer });
  }
  return comparison(model, target, operator, items[1], pointerTo(pointer, 1));
}

function parseLongForm(model: ValueLimits, target: Comparable, input: object, pointer: string): readonly Comparison[] {
  const entries = entriesOf(input, pointer, model.limits.nodes);
  if (entries.length === 0) {
    throw new QuerySpecError('INVALID_SHAPE', `No operator for ${target.field.path} at ${pointer}.`, { pointer });
  }
  return entries.map(([name, operand]) => {
    const at = pointerTo(pointer, name);
    return comparison(model, target, allowedOperator(target, name, at), operand, at);
  });
}

function comparison(
  { limits }: ValueLimits,
  { field }: Comparable,
  operator: Operator,
  input: unknown,
  pointer: string,
): Comparison {
  const operand = coerceOperand(field, OPERATORS[operator].form, input, pointer, limits);
  return Object.freeze({ kind: 'comparison', field: field.path, operator, operand });
}

function allowedOperator({ field, operators }: Comparable, name: unknown, pointer: string): Operator {
  const operator = typeof name === 'string' ? operatorNamed(name) : undefined;
  if (operator !== undefined && operators.has(operator)) {
    return operator;
  }
  const allowed = [...operators];
  const what = typeof name === 'string' ? `Operator ${quoted(name)} is not allowed` : 'Expected an operator';
  const message = `${what} for ${field.path} at ${pointer}; allowed: ${allowed.join(', ')}.`;
  throw new QuerySpecError('UNKNOWN_OPERATOR', message, { pointer, allowed });
}
