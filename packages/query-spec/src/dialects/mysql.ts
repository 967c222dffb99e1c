import type { Dialect } from './dialect.ts';
import { sqlDialect } from './sql-dialect.ts';
import { STANDARD_LIKE } from './text-sql.ts';

/** MySQL: https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-sets.html has its binary collations and their padding. */
export const mysql = mysqlFamily('MySQL', 'utf8mb4_0900_bin');

/** MariaDB: its collations without padding are named so. */
export const mariadb = mysqlFamily('MariaDB', 'utf8mb4_nopad_bin');

/** The one collation of each that neither folds nor pads; also the bytes of a UTF-8 text are in code-point order. */
function mysqlFamily(name: string, binary: string): Dialect {
  return sqlDialect({
    name,
    quote: '`',
    orderedCollation: binary,
    comparing: collation => (collation?.toLowerCase() === binary ? 'by code point' : 'folding'),
    text: {
      exact: bytes,
      exactOperand: 'cast(? as binary)',
      // tis620 is an eight-bit character set whose lower() knows A-Z only, so that bytes of UTF-8 stay as they are.
      fold: expression => utf8(`cast(lower(convert(${bytes(expression)} using tis620)) as binary)`),
      contains: expression => `instr(${bytes(expression)}, cast(? as binary)) > 0`,
      start: (expression, length) => `left(${expression}, ${length})`,
      end: (expression, length) => `right(${expression}, ${length})`,
      like: expression => `${utf8(expression)} collate ${binary} like ? escape '|'`,
      likeSpelling: STANDARD_LIKE,
    },
    prefixLike: () => true,
    direction: ({ direction }) => direction,
    refusal({ kind, property: { length = 0 } }, use) {
      if (use === 'isNull') {
        return undefined;
      }
      if (kind.name === 'single') {
        return 'is a float of four bytes, which no decimal equals for sure; declare a double';
      }
      if (kind.name !== 'instant' || length === 3) {
        return undefined;
      }
      return length < 3
        ? `has a precision of ${length}, which drops the milliseconds of a Date on ${name}; declare a length of 3`
        : use === 'page'
          ? 'keeps microseconds, which a Date does not; declare a length of 3'
          : undefined;
    },
  });
}

function utf8(expression: string): string {
  return `convert(${expression} using utf8mb4)`;
}

function bytes(expression: string): string {
  return `cast(${utf8(expression)} as binary)`;
}
