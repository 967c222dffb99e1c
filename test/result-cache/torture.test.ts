import { memoryStore, resultCache, type ResultCacheOptions } from '@mikro-kit/result-cache';
import { MariaDbDriver } from '@mikro-orm/mariadb';
import { MySqlDriver } from '@mikro-orm/mysql';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { SqlMikroORM, type Options, type SqlEntityManager } from '@mikro-orm/sql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { expect, it } from 'vitest';

import { describeWith, mariadb, mysql, postgres } from '../servers/index.ts';
import { entities, seedItems } from './torture/entities.ts';
import { torture, type Process } from './torture/torture.ts';
import { ways } from './torture/writers.ts';

/** Of the whole file. `TORTURE_SECONDS=600` for a long run; `TORTURE_SEED` repeats one. */
const seconds = Number(process.env['TORTURE_SECONDS'] ?? (process.env['CI'] ? 60 : 20));
const seed = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1e9);
const patience = { timeout: (seconds + 60) * 1_000 };

it('no read that starts after a commit is older than it: SQLite, one process', patience, async () => {
  await using orm = await SqlMikroORM.init({
    driver: SqliteDriver,
    dbName: ':memory:',
    entities,
    extensions: [resultCache()],
  });
  await orm.schema.create();
  await seedItems(orm);
  const report = await torture({
    processes: [processOf(orm)],
    ways,
    seconds: seconds * 0.2,
    seed,
    writers: 3,
    readers: 6,
  });
  expect({ seed, stale: report.stale }).toEqual({ seed, stale: [] });
  expect(report.hits).toBeGreaterThan(100);
});

it('the torture finds a cache that does not hear of writes', patience, async () => {
  const deaf = { ...memoryStore(), mark: () => Promise.resolve(), bump: () => Promise.resolve() };
  await using orm = await SqlMikroORM.init({
    driver: SqliteDriver,
    dbName: ':memory:',
    entities,
    extensions: [resultCache({ store: deaf })],
  });
  await orm.schema.create();
  await seedItems(orm);
  const report = await torture({ processes: [processOf(orm)], ways, seconds: 5, seed, writers: 1, readers: 2 });
  expect(report.stale.length).toBeGreaterThan(0);
});

const BOUNDED: ResultCacheOptions = { l1: {}, consistency: 'bounded', maxStaleMs: 100 };

interface Place {
  readonly driver: NonNullable<Options['driver']>;
  readonly start: () => Promise<{ mikroOrmOptions(): object } & AsyncDisposable>;
  /** Of the whole time. */
  readonly share: number;
  readonly how?: string;
  readonly options?: ResultCacheOptions;
  readonly bus?: boolean;
}

await describeWith('postgres', 'torture on PostgreSQL', () => {
  const place = { driver: PostgreSqlDriver, start: () => postgres() };
  threeProcesses({ ...place, share: 0.2 });
  threeProcesses({ ...place, share: 0.1, how: 'with L1, strict', options: { l1: {} } });
  threeProcesses({ ...place, share: 0.1, how: 'with L1, bounded', options: BOUNDED });
  threeProcesses({ ...place, share: 0.1, how: 'with L1, bounded, without a bus', options: BOUNDED, bus: false });
});
await describeWith('mysql', 'torture on MySQL', () => {
  threeProcesses({ driver: MySqlDriver, start: () => mysql(), share: 0.2 });
});
await describeWith('mariadb', 'torture on MariaDB', () => {
  threeProcesses({ driver: MariaDbDriver, start: () => mariadb(), share: 0.2 });
});

function threeProcesses({ driver, start, share, how = 'without L1', options = {}, bus = true }: Place): void {
  const maxStaleMs = options.maxStaleMs ?? 0;
  const promise = maxStaleMs > 0 ? `is older than it by more than ${maxStaleMs} ms` : 'is older than it';
  it(`no read that starts after a commit ${promise}: three ORMs on one store, ${how}`, patience, async () => {
    await using servers = await start();
    // Not local: what is in memory here stands for a store that processes share.
    const store = { ...memoryStore(), isLocal: false, ...(!bus && { listen: () => () => undefined }) };
    const extensions = [resultCache({ store, earlyRefresh: 1e6, ...options })];
    const open = () =>
      SqlMikroORM.init({ driver, entities, extensions, pool: { min: 0, max: 6 }, ...servers.mikroOrmOptions() });
    await using one = await open();
    await using two = await open();
    await using three = await open();
    await one.schema.create();
    await seedItems(one);
    // The host's Kysely cannot be had on every driver before there is a connection.
    for (const orm of [two, three]) await orm.connect();
    const processes = [one, two, three].map(processOf);
    const load = { writers: 4, readers: 8, maxStaleMs };
    const report = await torture({ processes, ways, seconds: seconds * share, seed, ...load });
    expect({ seed, stale: report.stale }).toEqual({ seed, stale: [] });
    expect(report.hits).toBeGreaterThan(100);
  });
}

function processOf(orm: SqlMikroORM): Process<SqlEntityManager> {
  return { orm, fork: () => orm.em.fork() };
}
