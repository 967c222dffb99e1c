import { memoryStore, resultCache } from '@mikro-kit/result-cache';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { SqlMikroORM } from '@mikro-orm/sql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { expect, it } from 'vitest';

import { describeWith, postgres } from '../servers/index.ts';
import { entities } from './torture/entities.ts';
import { seedItems, torture } from './torture/torture.ts';

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
  const report = await torture({ orms: [orm], seconds: seconds / 3, seed, writers: 3, readers: 6 });
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
  const report = await torture({ orms: [orm], seconds: 5, seed, writers: 1, readers: 2 });
  expect(report.stale.length).toBeGreaterThan(0);
});

await describeWith('postgres', 'torture', () => {
  it('no read that starts after a commit is older than it: PostgreSQL, three ORMs on one store', patience, async () => {
    await using servers = await postgres();
    const store = memoryStore();
    const open = () =>
      SqlMikroORM.init({
        driver: PostgreSqlDriver,
        entities,
        extensions: [resultCache({ store })],
        pool: { min: 0, max: 6 },
        ...servers.mikroOrmOptions(),
      });
    await using one = await open();
    await using two = await open();
    await using three = await open();
    await one.schema.create();
    await seedItems(one);
    const orms = [one, two, three];
    const report = await torture({ orms, seconds: (seconds * 2) / 3, seed, writers: 4, readers: 8 });
    expect({ seed, stale: report.stale }).toEqual({ seed, stale: [] });
    expect(report.hits).toBeGreaterThan(100);
  });
});
