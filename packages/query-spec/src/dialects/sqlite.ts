import type { ElementType } from '../definition/declared-type.ts';
import { type JsonPlace, type JsonSql, jsonPath, placeholders } from './json-sql.ts';
import { sqlDialect } from './sql-dialect.ts';

const TYPE_NAMES: Readonly<Record<ElementType, string>> = {
  string: "'text'",
  number: "'integer', 'real'",
  boolean: "'true', 'false'",
};

/** https://sqlite.org/json1.html */
const json: JsonSql = {
  value(place, element) {
    const type = typeOf(place);
    const value = element === 'boolean' ? type : `json_extract(${place.column}, ${jsonPath(place.keys)})`;
    return `case when ${type} in (${TYPE_NAMES[element]}) then ${value} end`;
  },
  numberOperand: '?',
  isPresent: place => `coalesce(${typeOf(place)}, 'null') <> 'null'`,
  isList: place => `coalesce(${typeOf(place)}, 'null') = 'array'`,
  length: ({ column, keys }) => `json_array_length(${column}, ${jsonPath(keys)})`,
  hasAny: (place, element, values) =>
    hasElement(
      place,
      `type in (${TYPE_NAMES[element]}) and ${element === 'boolean' ? 'type' : 'value'} in (${placeholders(values)})`,
    ),
  hasNull: place => hasElement(place, "type = 'null'"),
  parameter: value => (typeof value === 'boolean' ? String(value) : value),
};

function typeOf({ column, keys }: JsonPlace): string {
  return `json_type(${column}, ${jsonPath(keys)})`;
}

function hasElement({ column, keys }: JsonPlace, test: string): string {
  return `exists (select 1 from json_each(${column}, ${jsonPath(keys)}) where ${test})`;
}

/** SQLite, whose columns compare by bytes unless declared otherwise: https://sqlite.org/datatype3.html#collation. */
export const sqlite = sqlDialect({
  name: 'SQLite',
  quote: '`',
  orderedCollation: 'binary',
  comparing: collation => (collation === undefined || /^binary$/i.test(collation) ? 'by code point' : 'folding'),
  text: {
    exact: expression => `${expression} collate binary`,
    exactOperand: '?',
    fold: expression => `lower(${expression})`,
    contains: expression => `instr(${expression}, ?) > 0`,
    start: (expression, length) => `substr(${expression}, 1, ${length})`,
    end: (expression, length) => `substr(${expression}, -${length})`,
    like: expression => `${expression} glob ?`,
    likeSpelling: { any: '*', one: '?', escape: text => text.replace(/[*?[]/g, '[$&]') },
  },
  prefixLike: () => false,
  json,
  direction: ({ direction }) => direction,
  refusal({ kind, property: { precision = 0 } }, use) {
    const rounded = kind.name === 'decimal' && precision > 15;
    if (rounded && use !== 'isNull') {
      return 'has more than 15 digits, which SQLite rounds';
    }
    return kind.name === 'bigint' && use === 'page'
      ? 'is a bigint, which SQLite rounds when it is read, so that a cursor could skip rows'
      : undefined;
  },
});
