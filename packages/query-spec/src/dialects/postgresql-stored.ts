import { isCalendarDate } from '../definition/calendar.ts';
import type { Field } from '../definition/field.ts';
import type { StoredSql } from './stored-sql.ts';

/** As JSON has them, whatever the session's DateStyle: https://www.postgresql.org/docs/current/datatype-datetime.html */
const MOMENT =
  /^(?<year>\d{4,7})(?<day>-\d\d-\d\d)(?:T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,6})?(?:[+-](?:0\d|1[0-5])(?::[0-5]\d){1,2})?)?(?<bc> BC)?$/;

/** PostgreSQL takes a text that is compared with a column for a value of the column's type. */
export const postgresqlStored: StoredSql = {
  holds: ({ kind, property: { length = 6, precision = Infinity } }, read) =>
    // A Date has milliseconds, and a number fifteen digits.
    kind.name === 'instant' ? length <= 3 : kind.name !== 'decimal' || typeof read === 'string' || precision <= 15,
  select: (_field, column) => `to_jsonb(${column}) #>> '{}'`,
  isText,
  operand: () => '?',
};

function isText({ kind: { name } }: Field, text: string): boolean {
  return (
    (name === 'text' && !text.includes('\0')) ||
    ((name === 'instant' || name === 'date') && (/^-?infinity$/.test(text) || isMoment(text))) ||
    ((name === 'float' || name === 'decimal') && /^(?:-?Infinity|NaN)$/.test(text)) ||
    (name === 'enum' && /^-?\d{1,9}$/.test(text))
  );
}

/** Leap years come back every 400 years, and the year before 1 is 1 BC. */
function isMoment(text: string): boolean {
  const { year = '', day = '', bc } = MOMENT.exec(text)?.groups ?? {};
  const counted = bc === undefined ? Number(year) : 1 - Number(year);
  return year !== '' && Number(year) > 0 && isCalendarDate(`${(((counted % 400) + 400) % 400) + 2000}${day}`);
}
