import { defineQuerySpec, type TotalKind } from '@mikro-kit/query-spec';

import type { Call } from '../bench.ts';
import { cursorAt } from './cursor-at.ts';
import { type Cities, ROWS } from './million-cities.ts';

/** Cities larger than that are asked for: half of them. */
export const ABOVE = 5_000_000;

/** The ten largest cities of a country, as the host's users would write it. */
export function findByHand({ orm, City }: Cities, country: string): Call {
  const em = orm.em.fork();
  return () =>
    em.find(City, { country, population: { $gt: ABOVE } }, { orderBy: { population: 'desc', id: 'desc' }, limit: 10 });
}

/** The last page but one by its offset. */
export function findByOffset({ orm, City }: Cities): Call {
  const em = orm.em.fork();
  return () => em.find(City, {}, { orderBy: { population: 'asc', id: 'asc' }, limit: 10, offset: ROWS - 20 });
}

/** Requests that query-spec answers. */
export function requestsTo({ orm, City }: Cities) {
  const query = defineQuerySpec(City, {
    filter: { country: ['eq'], population: ['gt'] },
    sort: ['population'],
    defaultLimit: 10,
  });
  const parse = (country: string) =>
    query.parse({ filters: { country, population: ['>', ABOVE] }, orderBy: 'population DESC', limit: 10 });
  const walk = query.parse({ orderBy: 'population', limit: 10 });
  return {
    parse,
    find(country: string): Call {
      const em = orm.em.fork();
      return () => query.find(em, parse(country));
    },
    /** What a client sends, to a page of rows. */
    page(country: string, total: TotalKind, above = ABOVE): Call {
      const em = orm.em.fork();
      const text = `filter[country]=${country}&filter[population][gt]=${above}&sort=-population&limit=10`;
      return () => query.page(em, query.fromQueryString(text), { total });
    },
    pageAfter(after: string | null): Call {
      const em = orm.em.fork();
      return () => query.page(em, walk, { after });
    },
    /** Cursors before the second and the last page. */
    async edges() {
      const { endCursor } = await query.page(orm.em.fork(), walk);
      const largest = await query.find(orm.em.fork(), query.parse({ orderBy: 'population DESC', limit: 20 }));
      const near = largest.at(-1);
      if (endCursor === null || !near) throw new RangeError('There are no cities');
      return { first: endCursor, last: cursorAt(endCursor, near) };
    },
  };
}
