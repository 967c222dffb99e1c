import { types } from 'node:util';

import type { Value } from './ast.ts';
import { isCalendarDate, readInstant } from './calendar.ts';
import type { OperatorDomain } from './operators.ts';

/** How the values of one declared type come in. */
export interface ValueKind {
  /** For messages: "Expected an integer …". */
  readonly expected: string;
  /** The operators that suit it. */
  readonly domains: ReadonlySet<OperatorDomain>;
  /** Whether its values, though text here, are ordered as numbers. */
  readonly numeric?: true;
  /** Whether SQLite gives back exactly what it holds, so that a cursor can stand on it. */
  readonly exact: boolean;
  /** The value, or `undefined` when the input is not one. Strings and native values are read alike. */
  read(input: unknown): Value | undefined;
}

const EQUALITY: ReadonlySet<OperatorDomain> = new Set<OperatorDomain>(['any']);
const ORDERED: ReadonlySet<OperatorDomain> = new Set<OperatorDomain>(['any', 'ordered']);
const TEXT: ReadonlySet<OperatorDomain> = new Set<OperatorDomain>(['any', 'ordered', 'text']);

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** SQLite keeps decimals as 8-byte floats, exact to 15 significant digits: https://sqlite.org/datatype3.html. */
const EXACT_DECIMAL_DIGITS = 15;
const [INT64_MIN, INT64_MAX] = [-(2n ** 63n), 2n ** 63n - 1n];

export const integer: ValueKind = {
  expected: 'an integer within ±(2^53 - 1)',
  domains: ORDERED,
  exact: true,
  read: input => numberOf(input, INTEGER, Number.isSafeInteger),
};

export const float: ValueKind = {
  expected: 'a finite number',
  domains: ORDERED,
  exact: true,
  read: input => numberOf(input, NUMBER, Number.isFinite),
};

export const bigint: ValueKind = {
  expected: 'a 64-bit integer, as a string of digits',
  domains: ORDERED,
  exact: false,
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
export function decimal(precision: number | undefined): ValueKind {
  return {
    expected: `a decimal of at most ${EXACT_DECIMAL_DIGITS} digits`,
    domains: ORDERED,
    numeric: true,
    exact: precision === undefined || precision <= EXACT_DECIMAL_DIGITS,
    read: input => {
      const text = typeof input === 'number' ? String(input) : input;
      const fits = typeof text === 'string' && text.length <= EXACT_DECIMAL_DIGITS + 2 && DECIMAL.test(text);
      return fits && text.replace(/\D/g, '').length <= EXACT_DECIMAL_DIGITS ? text : undefined;
    },
  };
}

export const boolean: ValueKind = {
  expected: 'true or false',
  domains: EQUALITY,
  exact: true,
  read: input => (typeof input === 'boolean' ? input : input === 'true' ? true : input === 'false' ? false : undefined),
};

export const text: ValueKind = {
  expected: 'a well-formed string without NUL',
  domains: TEXT,
  exact: true,
  read: input => (typeof input === 'string' && input.isWellFormed() && !input.includes('\0') ? input : undefined),
};

export const uuid: ValueKind = {
  expected: 'a UUID',
  domains: ORDERED,
  exact: true,
  read: input => (typeof input === 'string' && UUID.test(input) ? input : undefined),
};

export const date: ValueKind = {
  expected: 'a day such as 2024-02-29',
  domains: ORDERED,
  exact: true,
  read: input => (typeof input === 'string' && isCalendarDate(input) ? input : undefined),
};

export const instant: ValueKind = {
  expected: 'an instant with its offset, such as 2024-02-29T12:00:00Z',
  domains: ORDERED,
  exact: true,
  read: input => (typeof input === 'string' ? readInstant(input) : copyOfDate(input)),
};

export function oneOf(items: readonly (string | number)[]): ValueKind {
  return {
    expected: `one of ${items.join(', ')}`,
    domains: EQUALITY,
    exact: true,
    read: input => items.find(item => item === input || (typeof input === 'string' && String(item) === input)),
  };
}

function numberOf(input: unknown, pattern: RegExp, accept: (value: number) => boolean): number | undefined {
  const value = typeof input === 'string' && pattern.test(input) ? Number(input) : input;
  // Adding zero turns -0 into 0, which no literal of SQL tells apart.
  return typeof value === 'number' && accept(value) ? value + 0 : undefined;
}

/** Reads through the prototype's own method: an overridden `getTime` is never called. */
function copyOfDate(input: unknown): Date | undefined {
  if (!types.isDate(input)) {
    return undefined;
  }
  const copy = new Date(Date.prototype.getTime.call(input));
  return Number.isNaN(copy.getTime()) ? undefined : copy;
}
