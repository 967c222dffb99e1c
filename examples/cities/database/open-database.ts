import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { health } from '@mikro-kit/health';
import { cacheable, resultCache } from '@mikro-kit/result-cache';
import { slowQuery } from '@mikro-kit/slow-query';
import { MikroORM } from '@mikro-orm/sqlite';

import { City, Country } from './entities.ts';
import { importCities } from './import-cities.ts';

cacheable(Country, { expiration: 3_600_000 });

/** Opens the database of cities, importing it first if it is not there. */
export async function openDatabase(file: string): Promise<MikroORM> {
  if (!existsSync(file)) {
    await mkdir(dirname(file), { recursive: true });
    await importCities(file);
  }
  return MikroORM.init({
    entities: [City, Country],
    dbName: file,
    extensions: [resultCache(), slowQuery({ thresholdMs: 100 }), health()],
  });
}
