import type { EntityManager } from '@mikro-orm/core';
import { Decimal128, Long } from 'mongodb';

import type { OpenDatabase } from './databases.ts';
import type { entitiesOf } from './world.ts';

/** A city as every database must see it. Decimals are strings, days are days. */
export interface CityRow {
  readonly id: number;
  readonly name: string;
  readonly note: string | null;
  readonly slug: string | null;
  readonly population: number | null;
  readonly altitude: number | null;
  readonly area: string | null;
  readonly visitors: bigint | null;
  readonly founded: string | null;
  readonly updatedAt: Date | null;
  readonly capital: boolean;
  readonly size: string | null;
  readonly tag: string | null;
  readonly country: string | null;
  readonly sister: number | null;
  /** JSON of any form. */
  readonly info: unknown;
  /** JSON: a list, or something else. */
  readonly words: unknown;
  readonly marks: readonly (string | null)[] | null;
  /** Ids of tags, each once. */
  readonly tags: readonly number[];
}

export interface TagRow {
  readonly id: number;
  readonly label: string;
  readonly weight: number | null;
}

export interface CountryRow {
  readonly code: string;
  readonly name: string;
  readonly motto: string | null;
}

/** What a test's tables hold. */
export interface Rows {
  readonly cities: readonly CityRow[];
  readonly countries: readonly CountryRow[];
  readonly tags: readonly TagRow[];
}

/** Replaces what the database holds. On MongoDB every other null is left out instead. */
export async function store(
  { name, orm }: OpenDatabase,
  { City, Country, Tag }: ReturnType<typeof entitiesOf>,
  rows: Rows,
): Promise<void> {
  const em = orm.em.fork();
  await em.nativeUpdate(City, {}, { sister: null });
  await em.nativeDelete(City, {});
  await em.nativeDelete(Country, {});
  await em.nativeDelete(Tag, {});
  const ordered = rows.cities.map(({ tags: _tags, ...row }) => ({
    ...row,
    sister: null,
    ...(name === 'postgres' && { marks: null }),
  }));
  if (name === 'mongodb') {
    await em.insertMany(Tag, rows.tags.map(withGaps));
    await em.insertMany(Country, rows.countries.map(withGaps));
    await em.insertMany(City, rows.cities.map(bsonOf).map(withGaps));
    return;
  }
  await em.insertMany(Country, [...rows.countries]);
  await em.insertMany(Tag, [...rows.tags]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the size of a row is text here
  await em.insertMany(City, ordered as never);
  for (const { id, sister } of rows.cities) {
    if (sister !== null) {
      await em.nativeUpdate(City, { id }, { sister });
    }
  }
  if (name === 'postgres') {
    await storeArrays(em, rows);
  }
  const links = rows.cities.flatMap(city => city.tags.map(tag => `(${city.id}, ${tag})`));
  if (links.length > 0) {
    await em.getConnection().execute(`insert into city_tags (city_id, tag_id) values ${links.join(', ')}`);
  }
}

/** The host's own way of writing an array loses spaces at the ends of texts, and takes the text null for null. */
async function storeArrays(em: EntityManager, { cities }: Rows): Promise<void> {
  const elements =
    "select array_agg(m #>> '{}' order by i) from jsonb_array_elements(?::jsonb) with ordinality as x (m, i)";
  for (const { id, marks } of cities.filter(city => city.marks !== null)) {
    const sql = `update city set marks = coalesce((${elements}), '{}') where id = ?`;
    await em.getConnection().execute(sql, [JSON.stringify(marks), id]);
  }
}

function bsonOf({ area, visitors, ...row }: CityRow): object {
  return {
    ...row,
    area: area === null ? null : Decimal128.fromString(area),
    visitors: visitors === null ? null : Long.fromString(String(visitors)),
  };
}

function withGaps(row: object, index: number): never {
  const kept = Object.entries(row).filter(([, value], i) => value !== null || (index + i) % 2 === 0);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the host writes documents as they are
  return Object.fromEntries(kept) as never;
}
