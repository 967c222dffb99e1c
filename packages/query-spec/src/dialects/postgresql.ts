import { type JsonPlace, type JsonSql, type ListSql, placeholders } from './json-sql.ts';
import { numberNamed } from './plan-rows.ts';
import { postgresqlStored } from './postgresql-stored.ts';
import { sqlDialect } from './sql-dialect.ts';
import { STANDARD_LIKE } from './text-sql.ts';

/** Collations that are byte order in UTF-8: https://www.postgresql.org/docs/current/collation.html. */
const BY_CODE_POINT = /^(?:pg_catalog\.)?"?(?:C|POSIX|ucs_basic|pg_c_utf8)"?$/;

/** https://www.postgresql.org/docs/current/functions-json.html */
const json: JsonSql = {
  value({ column, keys }, element) {
    const text = `${column}::jsonb #>> ${jsonKeys(keys)}`;
    return `case ${typeOf({ column, keys })} when '${element}' then ${element === 'number' ? `(${text})::numeric` : text} end`;
  },
  numberOperand: '?::numeric',
  isPresent: place => `coalesce(${typeOf(place)}, 'null') <> 'null'`,
  isList: place => `coalesce(${typeOf(place)}, 'null') = 'array'`,
  length: place => `case ${typeOf(place)} when 'array' then jsonb_array_length(${at(place)}) end`,
  hasAny: (place, _element, values) =>
    `(${Array.from({ length: values }, () => `${at(place)} @> ?::jsonb`).join(' or ')})`,
  hasNull: place => `${at(place)} @> '[null]'::jsonb`,
  parameter: value => JSON.stringify([value]),
};

function typeOf(place: JsonPlace): string {
  return `jsonb_typeof(${at(place)})`;
}

function at({ column, keys }: JsonPlace): string {
  return keys.length === 0 ? `${column}::jsonb` : `(${column}::jsonb #> ${jsonKeys(keys)})`;
}

function jsonKeys(keys: readonly string[]): string {
  return `'{${keys.map(key => `"${key}"`).join(',')}}'`;
}

/** Columns of arrays, of any element type: https://www.postgresql.org/docs/current/functions-array.html */
const array: ListSql = {
  isList: ({ column }) => `${column} is not null`,
  length: ({ column }) => `cardinality(${column})`,
  hasAny: ({ column }, _element, values) => `${column}::text[] && array[${placeholders(values)}]::text[]`,
  hasNull: ({ column }) => `array_position(${column}::text[], null) is not null`,
  parameter: value => String(value),
};

/** PostgreSQL, whose default collations tell all strings apart and order them by the rules of a language. */
export const postgresql = sqlDialect({
  name: 'PostgreSQL',
  quote: '"',
  // Not char, which pads, nor citext: https://www.postgresql.org/docs/current/datatype-character.html
  texts: /^(?:text|varchar|character varying)\b/i,
  orderedCollation: '"C"',
  comparing: collation => {
    if (collation === undefined) {
      return 'exactly';
    }
    return BY_CODE_POINT.test(collation) ? 'by code point' : 'folding';
  },
  text: {
    exact: expression => `${expression} collate "C"`,
    exactOperand: '?',
    fold: expression => `lower(${expression} collate "C")`,
    contains: expression => `strpos(${expression} collate "C", ?) > 0`,
    start: (expression, length) => `left(${expression}, ${length})`,
    end: (expression, length) => `right(${expression}, ${length})`,
    like: expression => `${expression} collate "C" like ? escape '|'`,
    likeSpelling: STANDARD_LIKE,
  },
  json,
  stored: postgresqlStored,
  array,
  prefixLike: comparing => comparing === 'exactly',
  // https://www.postgresql.org/docs/current/row-estimation-examples.html
  explain: { prefix: 'explain (format json)', rowsIn: answer => numberNamed('Plan Rows', answer) },
  /** Nulls are the largest here unless asked otherwise, and asking costs an index on a column that has none. */
  direction: ({ field, direction }) =>
    field.nullable ? `${direction} nulls ${direction === 'asc' ? 'first' : 'last'}` : direction,
  // Incremental sorts: https://www.postgresql.org/docs/current/runtime-config-query.html#GUC-ENABLE-INCREMENTAL-SORT
  indexes: {
    endWithKey: 'none',
    sortsTies: true,
    semiJoins: true,
    mergesDescending: true,
    reversesDescending: true,
    nullIsConstant: false,
    nullsLargest: true,
    indexesForeignKeys: false,
    ofDocuments: false,
  },
  refusal: ({ kind }, use) =>
    kind.name === 'single' && use !== 'isNull'
      ? 'is a float of four bytes, which no decimal equals for sure; declare a double'
      : undefined,
});
