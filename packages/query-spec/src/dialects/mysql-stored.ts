import { isCalendarDate } from '../definition/calendar.ts';
import type { Field } from '../definition/field.ts';
import type { StoredSql } from './stored-sql.ts';

const DATETIME = /^\d{4}-\d\d-\d\d(?: (?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?)?$/;

/**
 * MySQL and MariaDB compare a number with a text as floats, and a moment with a text that is none as they please, so that
 * each text becomes a value of the column's type first. https://dev.mysql.com/doc/refman/8.4/en/type-conversion.html
 */
export const mysqlStored: StoredSql = {
  holds: ({ kind, property: { length = 0, precision = 10 } }, read) =>
    // A Date has milliseconds, and a number fifteen digits.
    kind.name === 'instant' ? length <= 3 : kind.name !== 'decimal' || typeof read === 'string' || precision <= 15,
  select: ({ kind }, column) => (kind.name === 'float' ? column : `cast(${column} as char)`),
  isText: ({ kind }, text) =>
    kind.name === 'text' ||
    kind.name === 'uuid' ||
    (kind.name === 'instant' && DATETIME.test(text) && isCalendarDate(text.slice(0, 10))) ||
    (kind.name === 'enum' && /^-?\d{1,15}$/.test(text)),
  operand: ({ kind }: Field) => OPERANDS[kind.name] ?? '?',
};

const OPERANDS: Readonly<Record<string, string>> = {
  instant: 'cast(? as datetime(6))',
  integer: 'cast(? as signed)',
  bigint: 'cast(? as signed)',
  decimal: 'cast(? as decimal(65, 30))',
};
