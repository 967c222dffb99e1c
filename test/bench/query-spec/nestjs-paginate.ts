// oxlint-disable-next-line import/no-unassigned-import -- what TypeORM and Nest find globally
import 'reflect-metadata';
import { FilterOperator, PaginationType, paginate, type PaginateQuery } from 'nestjs-paginate';
import { DataSource, EntitySchema } from 'typeorm';

import type { Call } from '../bench.ts';

interface City {
  id: number;
  name: string;
  country: string;
  population: number;
}

const CitySchema = new EntitySchema<City>({
  name: 'City',
  tableName: 'city',
  columns: {
    id: { type: 'integer', primary: true },
    name: { type: 'text' },
    country: { type: 'text' },
    population: { type: 'integer' },
  },
});

/** The same pages by nestjs-paginate, on TypeORM's better-sqlite3. */
export async function openNestjsPaginate(path: string) {
  const source = await new DataSource({ type: 'better-sqlite3', database: path, entities: [CitySchema] }).initialize();
  const cities = source.getRepository(CitySchema);
  /** It counts all rows besides; only pages by its cursors come without, and those sort every row that is left. */
  const page = (country: string, above: number): Call => {
    const text = `filter.country=$eq:${country}&filter.population=$gt:${above}&sortBy=population:DESC&limit=10`;
    return () =>
      paginate(queryOf(new URLSearchParams(text)), cities, {
        sortableColumns: ['population', 'id'],
        filterableColumns: { country: [FilterOperator.EQ], population: [FilterOperator.GT] },
        maxLimit: 100,
        paginationType: PaginationType.LIMIT_AND_OFFSET,
      });
  };
  return { page, close: () => source.destroy() };
}

/** What its decorator makes of a request's query. */
function queryOf(url: URLSearchParams): PaginateQuery {
  const filter: Record<string, string> = {};
  for (const [name, value] of url) {
    if (name.startsWith('filter.')) filter[name.slice('filter.'.length)] = value;
  }
  const [column = '', direction = ''] = (url.get('sortBy') ?? '').split(':');
  return { path: '', limit: Number(url.get('limit')), sortBy: [[column, direction]], filter };
}
