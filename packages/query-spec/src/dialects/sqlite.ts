import { raw } from '@mikro-orm/core';

import type { ElementType } from '../definition/declared-type.ts';
import type { KindName } from '../definition/value-kind.ts';
import { type JsonPlace, type JsonSql, jsonPath, placeholders } from './json-sql.ts';
import { sqlDialect } from './sql-dialect.ts';
import type { StoredSql } from './stored-sql.ts';

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

/**
 * Any value can be in any column. A text is compared as it would be stored: as a number where the column has numbers.
 * https://sqlite.org/datatype3.html#type_conversions_prior_to_comparison
 */
const stored: StoredSql = {
  // Integers of 64 bits are read as floats.
  holds: ({ kind }, read) =>
    !INTEGERS.has(kind.name) || !Number.isInteger(Number(read)) || Number.isSafeInteger(Number(read)),
  select: ({ kind }, column) =>
    kind.name === 'text'
      ? column
      : `case typeof(${column}) when 'integer' then cast(${column} as text) when 'real' then case ${column} when 9e999 then '9e999' when -9e999 then '-9e999' else ${column} end else ${column} end`,
  isText: () => true,
  operand: () => '?',
  // A statement ends at a NUL.
  parameter: text => (text.includes('\0') ? raw(`cast(x'${Buffer.from(text).toString('hex')}' as text)`) : text),
};

const INTEGERS: ReadonlySet<KindName> = new Set<KindName>(['integer', 'bigint', 'decimal']);

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
  stored,
  direction: ({ direction }) => direction,
  // https://sqlite.org/fileformat2.html#representation_of_sql_indices, https://sqlite.org/queryplanner.html#partial_sorting_by_index
  indexes: {
    endWithKey: 'of integer keys',
    sortsTies: true,
    semiJoins: false,
    mergesDescending: true,
    reversesDescending: true,
    nullIsConstant: true,
    nullsLargest: false,
    indexesForeignKeys: false,
    ofDocuments: false,
  },
  refusal: ({ kind, property: { precision = 0 } }, use) =>
    kind.name === 'decimal' && precision > 15 && use !== 'isNull'
      ? 'has more than 15 digits, which SQLite rounds'
      : undefined,
});
