import { inspect } from 'node:util';

import { defineQuerySpec, isQuerySpecError, shapeId } from '@mikro-kit/query-spec';
import type { MikroORM } from '@mikro-orm/sqlite';

import { City } from '../database/entities.ts';
import { facts, note, table, text, type Chapter } from '../report/chapter.ts';

const cityQuery = defineQuerySpec(City, {
  filter: { population: ['gt', 'between'], name: ['eq', 'startsWith', 'in'], 'country.code': ['eq', 'in'] },
  sort: ['population', 'name'],
});

const OBJECT = {
  filters: { population: ['>', 1_000_000], 'country.code': 'BR' },
  orderBy: 'population DESC',
  limit: 5,
};
const QUERY_STRING = 'filter[population][gt]=1000000&filter[country.code]=BR&sort=-population&limit=5';

/** One query of a client, as an object and as a query string, and one that is refused. */
export async function twoDoors(orm: MikroORM): Promise<Chapter> {
  const em = orm.em.fork();
  const spec = cityQuery.parse(OBJECT);
  const same = cityQuery.fromQueryString(QUERY_STRING);
  const cities = await cityQuery.find(em, same);
  return {
    title: 'One query, two doors',
    blocks: [
      facts(
        ['an object', inspect(OBJECT, { breakLength: 80, compact: 2 })],
        ['a query string', QUERY_STRING],
        ['their shapes', shapeId(spec) === shapeId(same) ? `the same: ${shapeId(spec)}` : 'different'],
      ),
      table(
        ['city', '>population'],
        cities.map(({ name, population }) => [name, population.toLocaleString('en')]),
      ),
      text(`${await cityQuery.count(em, spec)} cities match. What is not listed is refused, and nothing is sent:`),
      note(refusalOf('filter[pasword]=x')),
    ],
  };
}

function refusalOf(queryString: string): string {
  try {
    cityQuery.fromQueryString(queryString);
    return `${queryString} was let in`;
  } catch (error) {
    if (!isQuerySpecError(error)) throw error;
    return error.message;
  }
}
