import {
  getResultCache,
  cacheable,
  resultCache,
  type ResultCache,
  type ResultCacheOptions,
} from '@mikro-kit/result-cache';
import { ensureTap } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, p, type Options } from '@mikro-orm/sqlite';
import { onTestFinished } from 'vitest';

export const Country = defineEntity({
  name: 'Country',
  properties: { code: p.string().primary(), name: p.string() },
});

export const Tag = defineEntity({ name: 'Tag', properties: { id: p.integer().primary(), label: p.string() } });

export const City = defineEntity({
  name: 'City',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    population: p.bigint('bigint').nullable(),
    founded: p.datetime().nullable(),
    flag: p.blob().nullable(),
    facts: p.json<{ rivers: string[] }>().nullable(),
    country: () => p.manyToOne(Country).ref(),
    twin: () => p.manyToOne(City).nullable().ref(),
    tags: () => p.manyToMany(Tag),
    sisters: () => p.manyToMany(City),
  },
  filters: {
    of: { name: 'of', cond: ({ country }: { country: string }) => ({ country }), default: false },
  },
});

/** Not annotated, and not reachable from an annotated entity. */
export const Visit = defineEntity({
  name: 'Visit',
  properties: { id: p.integer().primary(), city: () => p.manyToOne(City), note: p.string() },
});

cacheable(Country, { expiration: 1_000, negativeExpiration: 900, tags: ['geo'] });
cacheable(City, { tags: ['geo'] });

/** An ORM on an SQLite database of its own, with two countries and three cities in it, until the test is over. */
export interface CityDatabase {
  readonly orm: MikroORM;
  readonly cache: ResultCache;
  /** The reads that the database was sent while `call` ran. */
  statements(call: () => Promise<unknown>): Promise<string[]>;
}

export async function cityDatabase(
  options: ResultCacheOptions = {},
  host: Partial<Options> = {},
): Promise<CityDatabase> {
  const database = await openDatabase(options, host);
  await database.orm.schema.create();
  await seed(database.orm);
  return database;
}

/** An ORM on a database that is there already. */
export async function openDatabase(options: ResultCacheOptions, host: Partial<Options>): Promise<CityDatabase> {
  const orm = await MikroORM.init({
    dbName: ':memory:',
    entities: [Country, City, Tag, Visit],
    extensions: [resultCache(options)],
    ...host,
  });
  onTestFinished(() => orm.close());
  return {
    orm,
    cache: getResultCache(orm),
    statements: async call => {
      const seen: string[] = [];
      const stop = ensureTap(orm).observe(({ kind, text }) => void (kind === 'read' && seen.push(text)));
      await call().finally(stop);
      return seen;
    },
  };
}

async function seed(orm: MikroORM): Promise<void> {
  const em = orm.em.fork();
  const [brazil, peru] = [
    em.create(Country, { code: 'BR', name: 'Brazil' }),
    em.create(Country, { code: 'PE', name: 'Peru' }),
  ];
  const capital = em.create(Tag, { id: 1, label: 'capital' });
  em.create(City, {
    id: 1,
    name: 'Brasilia',
    country: brazil,
    population: 2_817_381n,
    founded: new Date('1960-04-21T12:00:00.123Z'),
    flag: Buffer.from([0, 255, 7]),
    facts: { rivers: ['Paranoa'] },
    tags: [capital],
  });
  em.create(City, { id: 2, name: 'Recife', country: brazil, twin: 1, sisters: [1] });
  em.create(City, { id: 3, name: 'Lima', country: peru, population: 0n, facts: { rivers: [] }, tags: [capital] });
  await em.flush();
}

/** As another program would. */
export async function writeUnseen({ orm }: CityDatabase, name: string): Promise<void> {
  const client: unknown = await orm.driver.getConnection().getNativeClient();
  if (!isSqliteClient(client)) throw new Error('Not the client of SQLite.');
  client.exec(`update city set name = '${name}' where id = 3`);
}

function isSqliteClient(client: unknown): client is { exec(sql: string): void } {
  return typeof client === 'object' && client !== null && 'exec' in client;
}
