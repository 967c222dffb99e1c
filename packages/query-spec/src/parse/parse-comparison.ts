import type { FilterModel, FilterableField } from '../definition/filter-model.ts';
import { type Pointer, quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Comparison } from '../spec/ast.ts';
import { type Operator, OPERATORS, operatorNamed } from '../spec/operators.ts';
import type { Bill } from './bill.ts';
import { type Subject, coerceOperand } from './coerce-value.ts';
import { entriesIn, isPlainArray, isPlainObject, itemsIn } from './plain-data.ts';

/** What can be compared: a field, or the size of a to-many relation. */
export interface Comparable extends Pick<FilterableField, 'operators'> {
  readonly field: Subject;
}

/** How values are read, and what is asked is added up. */
interface ValueReading {
  readonly model: Pick<FilterModel, 'limits'>;
  readonly bill: Bill;
}

/** Parses what is said of one field: a tuple, the long form, or a value that it equals. */
export function parseField(
  reading: ValueReading,
  target: Comparable,
  input: unknown,
  pointer: Pointer,
): readonly Comparison[] {
  if (isPlainArray(input)) {
    return [parseTuple(reading, target, input, pointer)];
  }
  if (isPlainObject(input)) {
    return parseLongForm(reading, target, input, pointer);
  }
  return [comparison(reading, target, allowedOperator(target, 'eq', pointer), input, pointer)];
}

function parseTuple(
  reading: ValueReading,
  target: Comparable,
  input: readonly unknown[],
  pointer: Pointer,
): Comparison {
  const items = itemsIn(input, pointer, 3);
  const operator = allowedOperator(target, items[0], pointer.to(0));
  if (OPERATORS[operator].form === 'pair') {
    return comparison(reading, target, operator, items.slice(1), pointer);
  }
  if (items.length !== 2) {
    throw new QuerySpecError('INVALID_SHAPE', `${operator} takes one operand at ${pointer}.`, { pointer });
  }
  return comparison(reading, target, operator, items[1], pointer.to(1));
}

function parseLongForm(
  reading: ValueReading,
  target: Comparable,
  input: object,
  pointer: Pointer,
): readonly Comparison[] {
  const entries = entriesIn(input, pointer, reading.model.limits.nodes);
  if (entries.length === 0) {
    throw new QuerySpecError('INVALID_SHAPE', `No operator for ${target.field.path} at ${pointer}.`, { pointer });
  }
  return entries.map(([name, operand]) => {
    const at = pointer.to(name);
    return comparison(reading, target, allowedOperator(target, name, at), operand, at);
  });
}

function comparison(
  { model, bill }: ValueReading,
  { field }: Comparable,
  operator: Operator,
  input: unknown,
  pointer: Pointer,
): Comparison {
  const operand = coerceOperand(field, OPERATORS[operator].form, input, pointer, model.limits);
  bill.addComparison(field.relations.length, operator, operand);
  return Object.freeze({ kind: 'comparison', field: field.path, operator, operand });
}

function allowedOperator({ field, operators }: Comparable, name: unknown, pointer: Pointer): Operator {
  const operator = typeof name === 'string' ? operatorNamed(name) : undefined;
  if (operator !== undefined && operators.has(operator)) {
    return operator;
  }
  const allowed = [...operators];
  const what = typeof name === 'string' ? `Operator ${quoted(name)} is not allowed` : 'Expected an operator';
  const message = `${what} for ${field.path} at ${pointer}; allowed: ${allowed.join(', ')}.`;
  throw new QuerySpecError('UNKNOWN_OPERATOR', message, { pointer, allowed });
}
