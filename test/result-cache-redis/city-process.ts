import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import {
  cacheable,
  getResultCache,
  resultCache,
  type CacheStatistics,
  type ResultCacheOptions,
} from '@mikro-kit/result-cache';
import { redisStore, type RedisClient, type RedisStoreOptions } from '@mikro-kit/result-cache-redis';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });
cacheable(City);

/** What one process of an application is to the others: an ORM with a store of its own. */
export interface CityProcess {
  readonly orm: MikroORM;
  /** The name of the city, as users read it. */
  name(): Promise<string>;
  /** The same past the cache. */
  nameInDatabase(): Promise<string>;
  rename(name: string): Promise<unknown>;
  stats(): CacheStatistics;
}

/** What a {@link CityProcess} stands on. */
export interface CityProcessOptions {
  /** Default: one of its own. */
  readonly dbName?: string;
  /** The address of Redis, or what makes the client. */
  readonly redis: string | (() => RedisClient);
  readonly prefix?: string;
  readonly store?: Partial<RedisStoreOptions>;
  readonly cache?: ResultCacheOptions;
}

/** Opens one, until the test is finished. */
export async function cityProcess({ redis, dbName, prefix, ...options }: CityProcessOptions): Promise<CityProcess> {
  const client = typeof redis === 'string' ? () => new Redis(redis) : redis;
  const store = redisStore({ client, prefix: prefix ?? `${randomUUID()}:`, ...options.store });
  const orm = await MikroORM.init({
    dbName: dbName ?? (await cityFile()),
    entities: [City],
    extensions: [resultCache({ store, ...options.cache })],
  });
  onTestFinished(() => orm.close());
  const read = async (cache?: false) =>
    (await orm.em.fork().findOneOrFail(City, 1, cache === false ? { cache } : {})).name;
  return {
    orm,
    name: () => read(),
    nameInDatabase: () => read(false),
    rename: name => orm.em.fork().nativeUpdate(City, 1, { name }),
    stats: () => getResultCache(orm).stats(),
  };
}

/** A database with one city, called `old`, until the test is finished. */
export async function cityFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const dbName = join(folder, 'cities.sqlite');
  const orm = await MikroORM.init({ dbName, entities: [City] });
  await orm.schema.create();
  await orm.em.fork().insert(City, { id: 1, name: 'old' });
  await orm.close();
  return dbName;
}
