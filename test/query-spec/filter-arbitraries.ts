import * as fc from 'fast-check';

import {
  CODES,
  altitude,
  area,
  founded,
  instant,
  optional,
  population,
  tag,
  text,
  visitors,
  word,
} from './value-arbitraries.ts';

const EQUALITY = ['eq', 'ne', 'in', 'nin', 'isNull'] as const;
const ORDERED = [...EQUALITY, 'gt', 'gte', 'lt', 'lte', 'between', 'notBetween'] as const;
const MATCHES = ['contains', 'startsWith', 'endsWith', 'ieq', 'icontains', 'istartsWith', 'iendsWith'] as const;
const LIKES = ['like', 'ilike'] as const;

const LIST = ['has', 'hasAny', 'hasAll', 'isEmpty', 'length', 'isNull'] as const;

type Operators = readonly string[];
const ALL_TEXT: Operators = [...ORDERED, ...MATCHES, ...LIKES, ...MATCHES];
type Fields = readonly (readonly [field: string, value: fc.Arbitrary<unknown>, operators: Operators])[];
const FIELDS: Fields = [
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
  ['info.name', text, [...ALL_TEXT, 'exists']],
  ['info.size', altitude, [...ORDERED, 'exists']],
  ['info.open', fc.boolean(), [...EQUALITY, 'exists']],
  ['info.deep.name', text, [...ALL_TEXT, 'exists']],
  ['info.list', fc.constantFrom(0, 1, 5, -1.5, 0.1, 1e21, 1e-7), LIST],
  ['words', word, LIST],
  ['marks', word, LIST],
  ['sister.info.size', altitude, [...ORDERED, 'exists']],
  ['sister.words', word, LIST],
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
    case 'has':
      return optional(value).map(operand => [operand]);
    case 'hasAny':
    case 'hasAll':
      return fc.array(optional(value), { maxLength: 3 }).map(list => [list]);
    case 'length':
      return fc.constantFrom(0, 1, 2, 3, 2 ** 31, 2 ** 53 - 1).map(operand => [operand]);
    case 'isEmpty':
    case 'exists':
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

function comparisonOf(fields: Fields): fc.Arbitrary<object> {
  return fc
    .constantFrom(...fields)
    .chain(([field, value, operators]) =>
      fc
        .constantFrom(...operators)
        .chain(operator => operandOf(operator, value).map(operands => ({ [field]: [operator, ...operands] }))),
    );
}

/** Groups of these conditions, and of those that lie behind to-many relations. */
function filtersOf(
  fields: Fields,
  collections: readonly fc.Arbitrary<object>[],
  maxDepth: number,
): fc.Arbitrary<object> {
  return fc.letrec<{ filters: object }>(tie => ({
    filters: fc.oneof(
      { maxDepth, depthSize: 'small' },
      collections.length === 0
        ? comparisonOf(fields)
        : fc.oneof({ weight: 4, arbitrary: comparisonOf(fields) }, { weight: 1, arbitrary: fc.oneof(...collections) }),
      tie('filters').map(not => ({ not })),
      fc.array(tie('filters'), { minLength: 1, maxLength: 3 }).map(and => ({ and })),
      fc.array(tie('filters'), { minLength: 1, maxLength: 3 }).map(or => ({ or })),
    ),
  })).filters;
}

const SIZES = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte', 'between', 'notBetween'] as const;

function quantifiedOf(relation: string, inner: fc.Arbitrary<object>): fc.Arbitrary<object> {
  const size = fc.tuple(fc.constantFrom(...SIZES), fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 3 }));
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc
        .tuple(fc.constantFrom('some', 'none', 'every'), inner)
        .map(([quantifier, condition]) => ({ [relation]: { [quantifier]: condition } })),
    },
    {
      weight: 1,
      arbitrary: size.map(([operator, low, more]) => ({
        [relation]: { size: { [operator]: operator.endsWith('etween') ? [low, low + more] : low } },
      })),
    },
  );
}

const COLLECTIONS = [
  quantifiedOf(
    'tags',
    filtersOf(
      [
        ['label', text, ALL_TEXT],
        ['weight', population, ORDERED],
      ],
      [quantifiedOf('cities', filtersOf([['population', population, ORDERED]], [], 1))],
      1,
    ),
  ),
  quantifiedOf(
    'sisters',
    filtersOf(
      [
        ['note', text, ALL_TEXT],
        ['population', population, ORDERED],
        ['country.name', text, ALL_TEXT],
        ['info.name', text, [...ALL_TEXT, 'exists']],
        ['marks', word, LIST],
      ],
      [quantifiedOf('tags', filtersOf([['weight', population, ORDERED]], [], 1))],
      1,
    ),
  ),
  quantifiedOf(
    'country.cities',
    filtersOf(
      [
        ['note', text, ALL_TEXT],
        ['capital', fc.boolean(), EQUALITY],
      ],
      [],
      1,
    ),
  ),
  quantifiedOf('sister.tags', filtersOf([['label', text, ALL_TEXT]], [], 1)),
];

/** Conditions and groups of them. */
export const filters = filtersOf(FIELDS, COLLECTIONS, 3);
