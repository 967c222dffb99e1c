import { cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
import { redisStore } from '@mikro-kit/result-cache-redis';
import { MikroORM } from '@mikro-orm/postgresql';
import { defineEntity, MikroORM as SqliteORM, p } from '@mikro-orm/sqlite';
import { Redis } from 'ioredis';

import type { SqlOptions } from '../../servers/index.ts';

/** How many rows a result has. */
const ROWS = 10;

/** Rows as an application keeps them: plain data. */
export const rows: readonly object[] = Array.from({ length: ROWS }, (_, id) => ({
  id,
  name: `City ${id}`,
  country: 'NO',
  population: id * 1_000,
  latitude: 59.9 + id,
  longitude: 10.7 + id,
}));

const properties = { id: p.integer().primary(), name: p.string(), country: p.string(), population: p.integer() };

/** An application with one result that it keeps in Redis, or nowhere. */
export async function openWrapped(url: string | undefined) {
  const City = defineEntity({ name: 'City', properties });
  cacheable(City);
  const store = url === undefined ? undefined : redisStore({ client: () => new Redis(url), prefix: 'bench:' });
  const extensions = [resultCache({ ...(store && { store }), enabled: url !== undefined, expiration: 3_600_000 })];
  const orm = await SqliteORM.init({ dbName: ':memory:', entities: [City], extensions });
  await orm.schema.create();
  await orm.em.fork().insertMany(
    City,
    rows.map((_, id) => ({ id, name: 'x', country: 'NO', population: 1 })),
  );
  const cache = getResultCache(orm);
  return {
    hit: () => cache.wrap('rows', () => [...rows], { dependsOn: [City] }),
    find: () => orm.em.fork().find(City, { country: 'NO' }),
    stats: () => cache.stats(),
    close: () => orm.close(),
  };
}

/** The same rows in PostgreSQL, with a cache in Redis or without one. */
export async function openFinding(options: SqlOptions, url: string | undefined) {
  const City = defineEntity({ name: 'City', properties });
  cacheable(City);
  const store = url === undefined ? undefined : redisStore({ client: () => new Redis(url), prefix: 'bench-find:' });
  const extensions = store ? [resultCache({ store, expiration: 3_600_000 })] : [];
  const orm = await MikroORM.init({ ...options, entities: [City], extensions });
  await orm.schema.refresh();
  await orm.em.fork().insertMany(
    City,
    rows.map((_, id) => ({ id, name: `City ${id}`, country: 'NO', population: 1 })),
  );
  return { find: () => orm.em.fork().find(City, { country: 'NO' }), close: () => orm.close() };
}
