import { RawQueryFragment, raw } from '@mikro-orm/core';

import type { Field } from '../definition/field.ts';
import { predicate } from './column-sql.ts';
import type { Leaf } from './dialect.ts';
import { storedText } from './own-text.ts';

/** What the host's clients of MySQL and MariaDB write with a backslash. */
// oxlint-disable-next-line no-control-regex -- the list of the client
const ESCAPED = /[\0\b\t\n\r\u001a"'\\]/;

/**
 * A leaf whose texts need no escapes. The host writes values into its statements, with backslashes that mean nothing under
 * the SQL mode NO_BACKSLASH_ESCAPES: there a quote of the caller's would end the literal. Digits of bytes mean the same in
 * every mode. https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sqlmode_no_backslash_escapes
 */
export function escapeFree(field: Field, leaf: Leaf): Leaf {
  const written = (text: string): unknown => storedText(field, text);
  const entries = Reflect.ownKeys(leaf).map((key): Leaf => {
    const fragment = RawQueryFragment.getKnownFragment(key);
    return fragment
      ? predicate(
          fragment.sql,
          fragment.params.map(value => withoutEscapes(value, asItIs)),
        )
      : { [key]: withoutEscapes(leaf[key], written) };
  });
  return Object.assign({}, ...entries);
}

/** The host puts the values of a property through its type, but no fragments. */
function withoutEscapes(value: unknown, write: (text: string) => unknown): unknown {
  if (typeof value === 'string') {
    const text = write(value);
    return typeof text === 'string' && ESCAPED.test(text)
      ? raw(`_utf8mb4 x'${Buffer.from(text).toString('hex')}'`)
      : value;
  }
  if (Array.isArray(value)) {
    return value.map(item => withoutEscapes(item, write));
  }
  return isOperators(value)
    ? Object.fromEntries(Object.entries(value).map(([name, operand]) => [name, withoutEscapes(operand, write)]))
    : value;
}

function asItIs(text: string): string {
  return text;
}

function isOperators(value: unknown): value is object {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
