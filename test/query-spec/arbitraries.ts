import * as fc from 'fast-check';

import { filters } from './filter-arbitraries.ts';
import type { CityRow, CountryRow, Rows, TagRow } from './rows.ts';
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
import { JOINED_SORT, SORT } from './world.ts';

/** What stands in JSON where something else was declared. */
const strange = fc.constantFrom<unknown>(
  null,
  'a',
  '',
  '5',
  'true',
  0,
  5,
  true,
  false,
  [],
  ['a'],
  [null],
  [5],
  {},
  { name: 'a' },
);

const strangeOr = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 4, arbitrary }, { weight: 1, arbitrary: strange });

const info = optional(
  strangeOr(
    fc.record(
      {
        name: strangeOr(text),
        size: strangeOr(altitude),
        open: strangeOr(fc.boolean()),
        deep: fc.oneof(fc.record({ name: strangeOr(text) }), fc.constantFrom(null, [{ name: 'a' }], 'a', {})),
        list: strangeOr(fc.array(strangeOr(fc.constantFrom(0, 1, 5, -1.5, 0.1, 1e21)), { maxLength: 4 })),
      },
      { requiredKeys: [] },
    ),
  ),
);

const TAGS = 6;

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
  info,
  words: optional(
    fc.oneof({ weight: 4, arbitrary: fc.array(fc.oneof({ weight: 5, arbitrary: word }, strange)) }, strange),
  ),
  marks: optional(fc.array(optional(word), { maxLength: 4 })),
  tags: fc.uniqueArray(fc.integer({ min: 1, max: TAGS }), { maxLength: 4 }),
});
const motto = optional(text);

/** Rows of all tables, some twice but for their id. */
export const rowsArbitrary: fc.Arbitrary<Rows> = fc
  .record({
    cities: fc.array(city, { minLength: 20, maxLength: 40 }),
    tags: fc.array(fc.record({ label: text, weight: optional(population) }), { minLength: TAGS, maxLength: TAGS }),
    countries: fc.tuple(...CODES.map(code => fc.record({ code: fc.constant(code), name: text, motto }))),
  })
  .map(({ cities, countries, tags }) => {
    const twice = [...cities, ...cities.slice(0, 8)];
    return {
      cities: twice.map((row, i): CityRow => ({ id: i + 1, ...row })),
      countries: countries satisfies readonly CountryRow[],
      tags: tags.map((row, i): TagRow => ({ id: i + 1, ...row })),
    };
  });

const sortField = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(...SORT) },
  { weight: 1, arbitrary: fc.constantFrom(...JOINED_SORT) },
);

const orderBy = fc
  .uniqueArray(fc.tuple(sortField, fc.constantFrom('asc', 'desc')), { maxLength: 3, selector: ([field]) => field })
  .map(keys => keys.map(([field, direction]) => ({ [field]: direction })));

/** Whether only a database with joins has the order. */
export function sortsByRelated(input: object): boolean {
  const keys: unknown = Reflect.get(input, 'orderBy');
  return JOINED_SORT.some(field => JSON.stringify(keys).includes(`"${field}"`));
}

/** An order, and pages so small that there are several; half of the specs leave out no row. */
export const pagedSpecArbitrary: fc.Arbitrary<object> = fc.record(
  { filters, orderBy, limit: fc.integer({ min: 1, max: 7 }) },
  { requiredKeys: ['orderBy', 'limit'] },
);

/** What a caller may write: filters, an order, and a part of the rows. */
export const wireSpecArbitrary: fc.Arbitrary<object> = fc.record({
  filters,
  orderBy,
  limit: fc.constantFrom(1000, 1000, 5, 1),
  offset: fc.constantFrom(0, 0, 0, 3),
});
