import { memoryStore, resultCache } from '@mikro-kit/result-cache';
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

interface Place {
  readonly driver: NonNullable<Options['driver']>;
  readonly start: () => Promise<{ mikroOrmOptions(): object } & AsyncDisposable>;
  /** Of the whole time. */
  readonly share: number;
}

await describeWith('postgres', 'torture on PostgreSQL', () => {
  threeProcesses({ driver: PostgreSqlDriver, start: () => postgres(), share: 0.4 });
});
await describeWith('mysql', 'torture on MySQL', () => {
  threeProcesses({ driver: MySqlDriver, start: () => mysql(), share: 0.2 });
});
await describeWith('mariadb', 'torture on MariaDB', () => {
  threeProcesses({ driver: MariaDbDriver, start: () => mariadb(), share: 0.2 });
});

function threeProcesses({ driver, start, share }: Place): void {
  it('no read that starts after a commit is older than it: three ORMs on one store', patience, async () => {
    await using servers = await start();
    const store = memoryStore();
    const extensions = [resultCache({ store })];
    const open = () =>
      SqlMikroORM.init({ driver, entities, extensions, pool: { min: 0, max: 6 }, ...servers.mikroOrmOptions() });
    await using one = await open();
    await using two = await open();
    await using three = await open();
    await one.schema.create();
    await seedItems(one);
    const processes = [one, two, three].map(processOf);
    const report = await torture({ processes, ways, seconds: seconds * share, seed, writers: 4, readers: 8 });
    expect({ seed, stale: report.stale }).toEqual({ seed, stale: [] });
    expect(report.hits).toBeGreaterThan(100);
  });
}

function processOf(orm: SqlMikroORM): Process<SqlEntityManager> {
  return { orm, fork: () => orm.em.fork() };
}
