import * as fc from 'fast-check';

import type { CityRow, CountryRow, Rows } from './rows.ts';

/** Texts that some database or driver treats specially, and pairs that some collation takes for one. */
const TEXTS = [
  [
    '',
    ' ',
    'a',
    'A',
    'a ',
    ' a',
    'a\t',
    'ab',
    'AB',
    'aB',
    'b',
    'ä',
    'Ä',
    'a\u0308',
    'é',
    'É',
    'e',
    'E',
    'ß',
    'ss',
    'SS',
  ],
  ['ı', 'İ', 'i', 'I', 'K', 'k', '\u212A', 'ſ', 's', 'Æ', 'æ', 'Ω', 'ω', 'Я', 'я', '中', '中文', '\uD7FF', '\uE000'],
  ['\uFFFD', '😀', '😀b', '\u{10000}', '\u{10FFFF}', '\u{10FFFF}\u{10FFFF}', '\u200B', '\u00AD', '\u007F', '\u0001'],
  [
    'a\nb',
    'a\r\n',
    '\n',
    '%',
    '_',
    '\\',
    '100%_\\',
    'a%',
    'a_',
    '[a]',
    '[',
    ']',
    '*',
    '?',
    '??',
    '^',
    '$',
    '.*',
    '(',
    ')',
  ],
  ['|', '{1}', '-', '+', '#', "'", "''", '"', '`', "O'--", ':a', '$1', '$ne', '{"a":1}', 'null', 'undefined', 'NULL'],
  ['true', '0', '-1', '/', '!', '@', '@>'],
].flat();
const text = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...TEXTS), { maxLength: 3 }).map(parts => parts.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }).map(made => made.replaceAll('\0', '')) },
);

const population = fc.oneof(fc.constantFrom(0, -1, 1, 5, 2 ** 31 - 1, -(2 ** 31)), fc.integer({ min: -3, max: 9 }));
const altitude = fc.oneof(
  fc.constantFrom(0, 0.1, 0.2, 0.1 + 0.2, -1.5, 1e21, 1e-7, 2 ** 53, 1.7e308, -1.7e308, 5e-324, 123456.789),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0),
);
const area = fc.oneof(
  fc.constantFrom('0', '1.1', '1.10', '10', '9.9999', '-2.5', '99999999999.9999', '-99999999999.9999'),
  fc.integer({ min: -99_999, max: 99_999 }).map(units => (units / 1e4).toFixed(4)),
);
const visitors = fc.constantFrom(
  0n,
  1n,
  -1n,
  9007199254740991n,
  9007199254740992n,
  9007199254740993n,
  2n ** 63n - 1n,
  -(2n ** 63n),
);
const founded = fc.constantFrom(
  '1000-01-01',
  '1582-10-10',
  '1969-12-31',
  '1970-01-01',
  '2024-02-29',
  '2024-03-01',
  '9999-12-31',
);
const instant = fc.oneof(
  fc.constantFrom(0, 1, -1, 999, 1_704_067_200_123, -1_000_000_000_001, 253_402_300_799_999, Date.UTC(1000, 0, 1)),
  fc.integer({ min: -5, max: 5 }),
);
const tag = fc.constantFrom(
  ...['0', '9', 'a', 'f'].map(digit => `${digit.repeat(8)}-0000-4000-8000-00000000000${digit}`),
);
const CODES = ['BR', 'br', 'NO', 'Ñ'];

const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(null) }, { weight: 3, arbitrary });

const city = fc.record({
  name: text,
  note: optional(text),
  slug: optional(text),
  population: optional(population),
  altitude: optional(altitude),
  area: optional(area),
  visitors: optional(visitors),
  founded: optional(founded),
  updatedAt: optional(instant.map(ms => new Date(ms))),
  capital: fc.boolean(),
  size: optional(fc.constantFrom('small', 'large')),
  tag: optional(tag),
  country: optional(fc.constantFrom(...CODES)),
  sister: optional(fc.integer({ min: 1, max: 20 })),
});
const motto = optional(text);

/** Rows of both tables, some twice but for their id. */
export const rowsArbitrary: fc.Arbitrary<Rows> = fc
  .record({
    cities: fc.array(city, { minLength: 20, maxLength: 40 }),
    countries: fc.tuple(...CODES.map(code => fc.record({ code: fc.constant(code), name: text, motto }))),
  })
  .map(({ cities, countries }) => {
    const twice = [...cities, ...cities.slice(0, 8)];
    return {
      cities: twice.map((row, i): CityRow => ({ id: i + 1, ...row })),
      countries: countries satisfies readonly CountryRow[],
    };
  });

const EQUALITY = ['eq', 'ne', 'in', 'nin', 'isNull'] as const;
const ORDERED = [...EQUALITY, 'gt', 'gte', 'lt', 'lte', 'between', 'notBetween'] as const;
const MATCHES = ['contains', 'startsWith', 'endsWith', 'ieq', 'icontains', 'istartsWith', 'iendsWith'] as const;
const LIKES = ['like', 'ilike'] as const;

type Operators = readonly string[];
const ALL_TEXT: Operators = [...ORDERED, ...MATCHES, ...LIKES, ...MATCHES];
const FIELDS: readonly (readonly [field: string, value: fc.Arbitrary<unknown>, operators: Operators])[] = [
  ['id', fc.integer({ min: -1, max: 60 }), ORDERED],
  ['name', text, ALL_TEXT],
  ['note', text, ALL_TEXT],
  ['slug', text, [...EQUALITY, ...MATCHES, ...LIKES]],
  ['population', population, ORDERED],
  ['population', fc.constantFrom(2 ** 31, 2 ** 53 - 1, -(2 ** 53 - 1)), ORDERED],
  ['altitude', altitude, ORDERED],
  ['area', area, ORDERED],
  ['visitors', visitors.map(String), ORDERED],
  ['founded', founded, ORDERED],
  ['updatedAt', instant.map(ms => new Date(ms).toISOString()), ORDERED],
  ['capital', fc.boolean(), EQUALITY],
  ['size', fc.constantFrom('small', 'large'), EQUALITY],
  ['tag', tag, ORDERED],
  ['country.code', fc.constantFrom(...CODES, 'b'), ORDERED],
  ['country.name', text, ALL_TEXT],
  ['country.motto', text, [...EQUALITY, ...MATCHES, ...LIKES]],
  ['sister.note', text, ALL_TEXT],
  ['sister.population', population, ORDERED],
  ['sister.country.name', text, ORDERED],
];

const pattern = fc
  .array(
    fc.oneof(
      fc.constantFrom('%', '_', '\\%', '\\_', '\\\\'),
      text.map(made => made.replace(/[%\\]/g, '')),
    ),
    { maxLength: 5 },
  )
  .map(parts => parts.join(''));

function operandOf(operator: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<readonly unknown[]> {
  switch (operator) {
    case 'eq':
    case 'ne':
      return optional(value).map(operand => [operand]);
    case 'in':
    case 'nin':
      return fc.array(optional(value), { maxLength: 4 }).map(list => [list]);
    case 'isNull':
      return fc.boolean().map(flag => [flag]);
    case 'between':
    case 'notBetween':
      return fc.tuple(value, value);
    case 'like':
    case 'ilike':
      return pattern.map(operand => [operand]);
    default:
      return value.map(operand => [operand]);
  }
}

const comparison: fc.Arbitrary<object> = fc
  .constantFrom(...FIELDS)
  .chain(([field, value, operators]) =>
    fc
      .constantFrom(...operators)
      .chain(operator => operandOf(operator, value).map(operands => ({ [field]: [operator, ...operands] }))),
  );

const { filters } = fc.letrec<{ filters: object }>(tie => ({
  filters: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    comparison,
    tie('filters').map(not => ({ not })),
    fc.array(tie('filters'), { minLength: 1, maxLength: 3 }).map(and => ({ and })),
    fc.array(tie('filters'), { minLength: 1, maxLength: 3 }).map(or => ({ or })),
  ),
}));

const SORTS = ['name', 'note', 'population', 'altitude', 'area', 'visitors', 'founded', 'updatedAt', 'capital', 'tag'];
/** SQLite rounds bigints when it reads them. */
const PAGED = SORTS.filter(field => field !== 'visitors');

function orderByOf(fields: readonly string[]): fc.Arbitrary<readonly object[]> {
  const key = fc.tuple(fc.constantFrom(...fields), fc.constantFrom('asc', 'desc'));
  return fc
    .uniqueArray(key, { maxLength: 3, selector: ([field]) => field })
    .map(keys => keys.map(([field, direction]) => ({ [field]: direction })));
}

/** An order that every database can put a cursor on. */
export const pagedSpecArbitrary: fc.Arbitrary<object> = fc.record({
  filters,
  orderBy: orderByOf(PAGED),
  limit: fc.integer({ min: 1, max: 7 }),
});

/** What a caller may write: filters, an order, and a part of the rows. */
export const wireSpecArbitrary: fc.Arbitrary<object> = fc.record({
  filters,
  orderBy: orderByOf(SORTS),
  limit: fc.constantFrom(1000, 1000, 5, 1),
  offset: fc.constantFrom(0, 0, 0, 3),
});
