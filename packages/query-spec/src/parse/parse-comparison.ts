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
  return [compare(model, target, 'eq', input, { operator: pointer, operand: pointer })];
}

function parseTuple(model: ValueLimits, target: Comparable, input: unknown, pointer: string): Comparison {
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

function parseLongForm(model: ValueLimits, target: Comparable, input: object, pointer: string): readonly Comparison[] {
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
  model: ValueLimits,
  target: Comparable,
  name: string,
  input: unknown,
  at: { readonly operator: string; readonly operand: string },
): Comparison {
  const operator = allowedOperator(target, name, at.operator);
  const operand = coerceOperand(target.field, OPERATORS[operator].form, input, at.operand, model.limits);
  return Object.freeze({ kind: 'comparison', field: target.field.path, operator, operand });
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
