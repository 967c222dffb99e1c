import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import Database from 'better-sqlite3';

export const ROWS = 1_000_000;
/** As many countries, of as many cities each. */
const COUNTRIES = 20;

/** The name of a country. */
export function countryNamed(number: number): string {
  return `country ${number % COUNTRIES}`;
}

/** A file of a million cities in a folder of its own. */
export interface CitiesFile {
  readonly path: string;
  remove(): Promise<void>;
}

export async function makeCitiesFile(): Promise<CitiesFile> {
  const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-bench-'));
  const path = join(folder, 'cities.sqlite');
  const database = new Database(path);
  database.pragma('journal_mode = off');
  database.pragma('synchronous = off');
  database.exec(
    'create table city (id integer primary key, name text not null, country text not null, population integer not null)',
  );
  const insert = database.prepare('insert into city values (?, ?, ?, ?)');
  database.transaction(() => {
    for (let id = 1; id <= ROWS; id++) insert.run(id, `City ${id}`, countryNamed(id), (id * 7919) % 10_000_019);
  })();
  database.exec('create index city_population on city (population, id)');
  database.exec('create index city_country_population on city (country, population, id)');
  database.exec('analyze');
  database.close();
  return { path, remove: () => rm(folder, { recursive: true }) };
}

/** An ORM on the file with an entity of its own: one that two ORMs share would carry the metadata of the later one. */
export async function openCities(path: string) {
  const City = defineEntity({
    name: 'City',
    properties: { id: p.integer().primary(), name: p.string(), country: p.string(), population: p.integer() },
  });
  const orm = await MikroORM.init({ entities: [City], dbName: path });
  return { orm, City };
}

export type Cities = Awaited<ReturnType<typeof openCities>>;
