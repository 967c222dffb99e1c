import { types } from 'node:util';

import type { Value } from '../spec/ast.ts';
import type { OperatorDomain } from '../spec/operators.ts';
import { instantAt, isCalendarDate, readInstant } from './calendar.ts';

/** The types that are told apart. */
export type KindName =
  | 'integer'
  | 'float'
  | 'single'
  | 'bigint'
  | 'decimal'
  | 'boolean'
  | 'text'
  | 'uuid'
  | 'date'
  | 'instant'
  | 'enum'
  | 'objectId'
  | 'count'
  | 'list';

/** How the values of one declared type come in. */
export interface ValueKind {
  readonly name: KindName;
  /** For messages: "Expected an integer …". */
  readonly expected: string;
  /** The operators that suit it. */
  readonly domains: ReadonlySet<OperatorDomain>;
  /** Whether its values, though text here, are ordered as numbers. */
  readonly numeric?: true;
  /** The value, or `undefined` when the input is not one. Strings and native values are read alike. */
  read(input: unknown): Value | undefined;
  /** The same of what a row holds, where that is more than an input may say. */
  readonly readStored?: (stored: unknown) => Value | undefined;
}

const EQUALITY: ReadonlySet<OperatorDomain> = new Set<OperatorDomain>(['presence', 'any']);
const ORDERED: ReadonlySet<OperatorDomain> = new Set<OperatorDomain>(['presence', 'any', 'ordered']);
const TEXT: ReadonlySet<OperatorDomain> = new Set<OperatorDomain>(['presence', 'any', 'ordered', 'text']);

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Also as SQLite's floats are written, and with the digits of a column without a precision. */
const STORED_DECIMAL = /^-?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?$/;
const OBJECT_ID = /^[0-9a-f]{24}$/i;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What each database keeps: SQLite's 8-byte floats are exact to 15 digits, https://sqlite.org/datatype3.html. */
const COMMON_DECIMAL_DIGITS = 15;
/** What MongoDB's Decimal128 keeps (IEEE 754-2008). */
const MOST_DECIMAL_DIGITS = 34;
const [INT64_MIN, INT64_MAX] = [-(2n ** 63n), 2n ** 63n - 1n];

export const integer: ValueKind = {
  name: 'integer',
  expected: 'an integer within ±(2^53 - 1)',
  domains: ORDERED,
  read: input => numberOf(input, INTEGER, Number.isSafeInteger),
};

/** How many there are of something; unlike a column's value it is never null. */
export const count: ValueKind = {
  name: 'count',
  expected: 'an integer from 0 to 2^53 - 1',
  domains: ORDERED,
  read: input => numberOf(input, INTEGER, value => Number.isSafeInteger(value) && value >= 0),
};

export const float: ValueKind = {
  name: 'float',
  expected: 'a finite number',
  domains: ORDERED,
  read: input => numberOf(input, NUMBER, Number.isFinite),
};

/** A `real` of four bytes, which no decimal literal equals for sure. */
export const single: ValueKind = { ...float, name: 'single' };

export const bigint: ValueKind = {
  name: 'bigint',
  expected: 'a 64-bit integer, as a string of digits',
  domains: ORDERED,
  read: input => {
    const text = Number.isSafeInteger(input) || typeof input === 'bigint' ? String(input) : input;
    if (typeof text !== 'string' || text.length > 20 || !INTEGER.test(text)) {
      return undefined;
    }
    const value = BigInt(text);
    return value >= INT64_MIN && value <= INT64_MAX ? value : undefined;
  },
};

/** Kept as text, as the host does, so that no digit is lost on the way. */
export function decimal(precision = COMMON_DECIMAL_DIGITS): ValueKind {
  const digits = Math.min(Math.max(precision, COMMON_DECIMAL_DIGITS), MOST_DECIMAL_DIGITS);
  return {
    name: 'decimal',
    expected: `a decimal of at most ${digits} digits`,
    domains: ORDERED,
    numeric: true,
    read: input => {
      const written = typeof input === 'number' ? String(input) : input;
      const fits = typeof written === 'string' && written.length <= digits + 2 && DECIMAL.test(written);
      return fits && written.replace(/\D/g, '').length <= digits ? withoutNegativeZero(written) : undefined;
    },
    readStored: stored => {
      const written = typeof stored === 'number' ? String(stored) : stored;
      return typeof written === 'string' && STORED_DECIMAL.test(written) ? written : undefined;
    },
  };
}

export const boolean: ValueKind = {
  name: 'boolean',
  expected: 'true or false',
  domains: EQUALITY,
  read: input => (typeof input === 'boolean' ? input : input === 'true' ? true : input === 'false' ? false : undefined),
  readStored: stored => (stored === '1' ? true : stored === '0' ? false : boolean.read(stored)),
};

export const text: ValueKind = {
  name: 'text',
  expected: 'a well-formed string without NUL',
  domains: TEXT,
  read: input => (typeof input === 'string' && input.isWellFormed() && !input.includes('\0') ? input : undefined),
};

export const uuid: ValueKind = {
  name: 'uuid',
  expected: 'a UUID',
  domains: ORDERED,
  read: input => (typeof input === 'string' && UUID.test(input) ? input.toLowerCase() : undefined),
  readStored: stored => (typeof stored === 'string' && UUID.test(stored) ? stored : undefined),
};

export const date: ValueKind = {
  name: 'date',
  expected: 'a day such as 2024-02-29',
  domains: ORDERED,
  read: input => (typeof input === 'string' && isCalendarDate(input) ? input : undefined),
};

export const instant: ValueKind = {
  name: 'instant',
  expected: 'an instant with its offset, such as 2024-02-29T12:00:00Z',
  domains: ORDERED,
  read: input => (typeof input === 'string' ? readInstant(input) : copyOfDate(input)),
};

export const objectId: ValueKind = {
  name: 'objectId',
  expected: 'an ObjectId of 24 hexadecimal digits',
  domains: ORDERED,
  read: input => (typeof input === 'string' && OBJECT_ID.test(input) ? input.toLowerCase() : undefined),
};

export function oneOf(items: readonly (string | number)[]): ValueKind {
  return {
    name: 'enum',
    expected: `one of ${items.join(', ')}`,
    domains: EQUALITY,
    read: input => items.find(item => item === input || (typeof input === 'string' && String(item) === input)),
  };
}

function withoutNegativeZero(digits: string): string {
  return /^-[0.]+$/.test(digits) ? digits.slice(1) : digits;
}

function numberOf(input: unknown, pattern: RegExp, accept: (value: number) => boolean): number | undefined {
  const value = typeof input === 'string' && pattern.test(input) ? Number(input) : input;
  // Adding zero turns -0 into 0, which no literal of SQL tells apart.
  return typeof value === 'number' && accept(value) ? value + 0 : undefined;
}

/** Reads through the prototype's own method: an overridden `getTime` is never called. */
function copyOfDate(input: unknown): Date | undefined {
  return types.isDate(input) ? instantAt(Date.prototype.getTime.call(input)) : undefined;
}
