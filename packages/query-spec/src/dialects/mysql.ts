import type { ElementType } from '../definition/declared-type.ts';
import type { Dialect } from './dialect.ts';
import { escapeFree } from './escape-free.ts';
import type { IndexTraits } from './index-traits.ts';
import { type JsonPlace, type JsonSql, jsonPath, placeholders } from './json-sql.ts';
import { mysqlStored } from './mysql-stored.ts';
import { sqlDialect } from './sql-dialect.ts';
import { STANDARD_LIKE } from './text-sql.ts';

const TYPE_NAMES: Readonly<Record<ElementType, string>> = {
  string: "'STRING'",
  number: "'INTEGER', 'UNSIGNED INTEGER', 'DOUBLE', 'DECIMAL'",
  boolean: "'BOOLEAN'",
};

/** https://dev.mysql.com/doc/refman/8.4/en/json-functions.html; JSON_CONTAINS would look into lists inside the list. */
const json: JsonSql = {
  value: (place, element) =>
    `case when json_type(${at(place)}) in (${TYPE_NAMES[element]}) then ${plainValue(at(place), element)} end`,
  numberOperand: 'cast(? as double)',
  isPresent: place => `coalesce(json_type(${at(place)}), 'NULL') <> 'NULL'`,
  isList: place => `coalesce(json_type(${at(place)}), 'NULL') = 'ARRAY'`,
  length: ({ column, keys }) => `json_length(${column}, ${jsonPath(keys)})`,
  hasAny(place, element, values) {
    const operand = element === 'number' ? 'cast(? as double)' : 'cast(? as binary)';
    const value = plainValue('element.v', element);
    const compared = element === 'number' ? value : bytes(value);
    return hasElement(
      place,
      `json_type(element.v) in (${TYPE_NAMES[element]}) and ${compared} in (${placeholders(values, operand)})`,
    );
  },
  hasNull: place => hasElement(place, "coalesce(json_type(element.v), 'NULL') = 'NULL'"),
  parameter: value => (typeof value === 'boolean' ? String(value) : value),
};

/** MySQL's own operator. As a subquery it would be joined, with wrong rows (seen on 9.7). MariaDB has no such operator. */
const memberOf: Partial<JsonSql> = {
  hasAny: (place, _element, values) =>
    `(${Array.from({ length: values }, () => `cast(? as json) member of (${at(place)})`).join(' or ')})`,
  hasNull: place => `cast('null' as json) member of (${at(place)})`,
  parameter: value => JSON.stringify(value),
};

/** https://dev.mysql.com/doc/refman/8.4/en/index-extensions.html; plans with descending columns as seen on 9.7. */
const indexes: IndexTraits = {
  endWithKey: 'all',
  sortsTies: false,
  semiJoins: true,
  mergesDescending: false,
  reversesDescending: false,
  nullIsConstant: true,
  nullsLargest: false,
  indexesForeignKeys: true,
  ofDocuments: false,
};

/** MySQL: https://dev.mysql.com/doc/refman/8.4/en/charset-unicode-sets.html has its binary collations and their padding. */
export const mysql = mysqlFamily('MySQL', 'utf8mb4_0900_bin', memberOf);

/** MariaDB: its collations without padding are named so. Its plans were seen on 10.11. */
export const mariadb = mysqlFamily(
  'MariaDB',
  'utf8mb4_nopad_bin',
  {},
  { endWithKey: 'not unique', mergesDescending: true, reversesDescending: true },
);

function at({ column, keys }: JsonPlace): string {
  return `json_extract(${column}, ${jsonPath(keys)})`;
}

function plainValue(value: string, element: ElementType): string {
  return element === 'number' ? `cast(${value} as double)` : `json_unquote(${value})`;
}

function hasElement({ column, keys }: JsonPlace, test: string): string {
  const path = jsonPath(keys).replace(/'$/, "[*]'");
  return `exists (select 1 from json_table(${column}, ${path} columns (v json path '$')) as element where ${test})`;
}

/** The one collation of each that neither folds nor pads; also the bytes of a UTF-8 text are in code-point order. */
function mysqlFamily(
  name: string,
  binary: string,
  lists: Partial<JsonSql> = {},
  ownIndexes: Partial<IndexTraits> = {},
): Dialect {
  const dialect = sqlDialect({
    name,
    quote: '`',
    // Not char, which loses spaces at the end: https://dev.mysql.com/doc/refman/8.4/en/char.html
    texts: /^(?:(?:tiny|medium|long)?text|n?varchar|(?:national )?(?:varchar|char(?:acter)? varying))\b/i,
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
    json: { ...json, ...lists },
    stored: mysqlStored,
    direction: ({ direction }) => direction,
    indexes: { ...indexes, ...ownIndexes },
    refusal({ kind, property: { length = 0 } }, use) {
      if (use === 'isNull') {
        return undefined;
      }
      if (kind.name === 'single') {
        return 'is a float of four bytes, which no decimal equals for sure; declare a double';
      }
      return kind.name === 'instant' && length < 3
        ? `has a precision of ${length}, which drops the milliseconds of a Date on ${name}; declare a length of 3`
        : undefined;
    },
  });
  return { ...dialect, leaves: (field, test) => dialect.leaves(field, test).map(leaf => escapeFree(field, leaf)) };
}

function utf8(expression: string): string {
  return `convert(${expression} using utf8mb4)`;
}

function bytes(expression: string): string {
  return `cast(${utf8(expression)} as binary)`;
}
