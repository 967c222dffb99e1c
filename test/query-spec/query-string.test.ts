import * as fc from 'fast-check';
import { stringify } from 'qs';
import { describe, expect, it } from 'vitest';

import { cityQueryOf, entitiesOf } from './world.ts';

const cities = cityQueryOf(entitiesOf('sqlite'), 'sqlite');
const text = fc.string({ unit: 'binary', maxLength: 20 }).map(made => made.replaceAll('\0', ''));

describe('the query-string door', () => {
  it('reads what qs writes as the object door reads the object', () => {
    const filter = fc.record({
      name: fc.record({ in: fc.array(text, { minLength: 1, maxLength: 4 }) }),
      note: fc.record({ ne: text, icontains: text }),
      population: fc.integer().map(String),
    });
    const property = fc.property(filter, fc.integer({ min: 0, max: 1000 }), (filters, limit) => {
      const written = stringify({ filter: filters, sort: '-name', limit }, { arrayFormat: 'brackets' });
      const spec = cities.parse({ filters, orderBy: 'name DESC', limit });
      expect(cities.fromQueryString(written)).toEqual(spec);
    });
    fc.assert(property, {
      numRuns: 500,
      examples: [[{ name: { in: ['a&b=c[d]'] }, note: { ne: '+', icontains: '%' }, population: '1' }, 5]],
    });
  });
});
