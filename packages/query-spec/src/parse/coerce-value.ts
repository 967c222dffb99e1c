import type { Field } from '../definition/field.ts';
import type { SizeLimits } from '../definition/query-limits.ts';
import { boolean, count } from '../definition/value-kind.ts';
import type { Pointer } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import type { Operand, Value } from '../spec/ast.ts';
import type { OperandForm } from '../spec/operators.ts';
import { isLikePattern } from '../translate/like-pattern.ts';
import { itemsOf } from './plain-data.ts';

/** What a value is for. */
export type Subject = Pick<Field, 'path' | 'kind' | 'relations'>;

/**
 * Turns what stands on an operator's right into values of the field's declared type.
 * @throws QuerySpecError `INVALID_VALUE`, `INVALID_SHAPE` or `TOO_COMPLEX`; the message never holds the value.
 */
export function coerceOperand(
  field: Subject,
  form: OperandForm,
  input: unknown,
  pointer: Pointer,
  limits: SizeLimits,
): Operand {
  return COERCIONS[form](field, input, pointer, limits);
}

type Coercion = (field: Subject, input: unknown, pointer: Pointer, limits: SizeLimits) => Operand;

const COERCIONS: Readonly<Record<OperandForm, Coercion>> = {
  value: coerceValue,
  'value or null': coerceNullable,
  list: coerceList,
  pair: coercePair,
  pattern: coercePattern,
  count: (field, input, pointer, limits) => coerceValue({ ...field, kind: count }, input, pointer, limits),
  flag: (_field, input, pointer) => coerceFlag(input, pointer),
};

function coerceList(field: Subject, input: unknown, pointer: Pointer, limits: SizeLimits): readonly (Value | null)[] {
  const items = itemsOf(input, pointer, limits.listLength);
  return Object.freeze(items.map((item, i) => coerceNullable(field, item, pointer.to(i), limits)));
}

function coerceNullable(field: Subject, input: unknown, pointer: Pointer, limits: SizeLimits): Value | null {
  return input === null && field.kind.name !== 'count' ? null : coerceValue(field, input, pointer, limits);
}

function coerceValue(field: Subject, input: unknown, pointer: Pointer, limits: SizeLimits): Value {
  if (typeof input === 'string' && isLonger(input, limits.stringBytes)) {
    const message = `A string of more than ${limits.stringBytes} bytes at ${pointer}.`;
    throw new QuerySpecError('TOO_COMPLEX', message, { pointer });
  }
  const value = field.kind.read(input);
  if (value === undefined) {
    throw invalid(`Expected ${field.kind.expected} for ${field.path} at ${pointer}.`, pointer);
  }
  return value;
}

/** A UTF-16 unit is three bytes of UTF-8 at most, so that short strings need not be counted. */
function isLonger(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && Buffer.byteLength(text) > bytes;
}

function coercePattern(field: Subject, input: unknown, pointer: Pointer, limits: SizeLimits): Value {
  const pattern = coerceValue(field, input, pointer, limits);
  if (!isLikePattern(String(pattern))) {
    throw invalid(
      `Expected a pattern of at most eight % that does not end in \\ for ${field.path} at ${pointer}.`,
      pointer,
    );
  }
  return pattern;
}

function coercePair(field: Subject, input: unknown, pointer: Pointer, limits: SizeLimits): readonly [Value, Value] {
  const [low, high, ...rest] = itemsOf(input, pointer, 2).map((item, i) =>
    coerceValue(field, item, pointer.to(i), limits),
  );
  if (low === undefined || high === undefined || rest.length > 0) {
    throw invalid(`Expected two values, the lower first, for ${field.path} at ${pointer}.`, pointer);
  }
  if (isAbove(low, high, field)) {
    throw invalid(`The lower value comes first for ${field.path} at ${pointer}.`, pointer);
  }
  return Object.freeze([low, high] as const);
}

function coerceFlag(input: unknown, pointer: Pointer): boolean {
  const flag = boolean.read(input);
  if (typeof flag !== 'boolean') {
    throw invalid(`Expected ${boolean.expected} at ${pointer}.`, pointer);
  }
  return flag;
}

/** The database's order: strings by code point, which is the order of their UTF-8 bytes. */
function isAbove(low: Value, high: Value, field: Subject): boolean {
  if (typeof low !== 'string' || typeof high !== 'string') {
    return low > high;
  }
  return field.kind.numeric ? Number(low) > Number(high) : Buffer.compare(Buffer.from(low), Buffer.from(high)) > 0;
}

function invalid(message: string, pointer: Pointer): QuerySpecError {
  return new QuerySpecError('INVALID_VALUE', message, { pointer });
}
