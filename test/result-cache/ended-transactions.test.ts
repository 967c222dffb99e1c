import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MariaDbDriver } from '@mikro-orm/mariadb';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest';

import { describeWith, mariadb, postgres } from '../servers/index.ts';
import { processesOn, type Process } from './races/cities.ts';

const RENAME = `update city set name = 'new' where id = 3`;

await describeWith('mariadb', 'a transaction that MariaDB ends by itself', () => {
  let server: Awaited<ReturnType<typeof mariadb>>;
  let writer: Process;
  let reader: Process;
  beforeAll(async () => void (server = await mariadb()));
  afterAll(() => server.stop());
  beforeEach(async () => {
    const processes = await processesOn({
      database: { driver: MariaDbDriver, ...server.mikroOrmOptions() },
      isolationLevel: undefined,
      prepare: orm => orm.em.execute('create or replace procedure end_it() commit'),
    });
    writer = await processes.open({}, { pool: { min: 1, max: 1 } });
    reader = await processes.open();
    await reader.name();
  });

  const lost = (statements: readonly string[]): Promise<void> =>
    writer.em().transactional(async em => {
      for (const statement of statements) await em.execute(statement);
      throw new Error('rolled back');
    });

  it.each([
    ['truncate table visit'],
    ['analyze table visit'],
    ['call end_it()'],
    ['lock tables visit write', 'unlock tables'],
    ['create table other (id int)'],
  ])('by `%s`: what was written before it is seen, although it is rolled back', async (...ending) => {
    await expect(lost([RENAME, ...ending])).rejects.toThrow('rolled back');
    expect(await reader.name()).toBe('new');
  });

  it.each([['truncate table visit'], ['call end_it()'], ['lock tables visit write', 'unlock tables']])(
    'by `%s`: what was written after it is seen, although it is rolled back',
    async (...ending) => {
      await expect(lost([...ending, RENAME])).rejects.toThrow('rolled back');
      expect(await reader.name()).toBe('new');
    },
  );

  it.each([
    ['begin', 'begin'],
    ['begin', 'start transaction'],
    ['set autocommit = 0', 'set autocommit = 1'],
    ['begin', 'lock tables visit write'],
    ['begin', 'commit and chain'],
  ])(
    'begun by `%s` and ended by `%s`, both sent as text: what others have kept meanwhile is over',
    async (begin, end) => {
      for (const statement of [begin, RENAME]) await writer.em().execute(statement);
      expect(await reader.name()).toBe('Lima');
      for (const statement of [end, 'unlock tables', 'rollback']) await writer.em().execute(statement);
      expect(await reader.name()).toBe('new');
    },
  );
});

await describeWith('postgres', 'what PostgreSQL writes', () => {
  let server: Awaited<ReturnType<typeof postgres>>;
  beforeAll(async () => void (server = await postgres()));
  afterAll(() => server.stop());

  it.each<[string, (em: SqlEntityManager) => Promise<unknown>]>([
    [
      'in a common table expression with one of its own',
      em =>
        em.execute(`with written as (
          with wanted as (select 3 as id) update city set name = 'new' where id in (select id from wanted) returning id
        ) select * from written`),
    ],
    [
      'and commits in one text, inside of a transaction that is rolled back afterwards',
      em =>
        em.transactional(async inner => {
          await inner.execute(`${RENAME}; commit`);
          throw new Error('rolled back');
        }),
    ],
    ['in a procedure that commits', em => em.execute('call rename_it()')],
  ])('%s is seen', async (_how, write) => {
    const processes = await processesOn({
      database: { driver: PostgreSqlDriver, ...server.mikroOrmOptions() },
      isolationLevel: undefined,
      prepare: orm =>
        orm.em.execute(
          `create or replace procedure rename_it() language plpgsql as $$ begin ${RENAME}; commit; end $$`,
        ),
    });
    const [writer, reader] = [await processes.open(), await processes.open()];
    expect(await reader.name()).toBe('Lima');
    await write(writer.em()).catch(() => undefined);
    expect(await reader.name()).toBe('new');
  });
});

it('what others kept while a transaction changed the schema is not served after its commit', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const processes = await processesOn({
    database: { driver: SqliteDriver, dbName: join(folder, 'cities.sqlite') },
    isolationLevel: undefined,
    prepare: orm => orm.em.execute('pragma journal_mode = wal'),
  });
  const [writer, reader] = [await processes.open(), await processes.open()];
  expect(await reader.name()).toBe('Lima');
  const em = writer.em();
  await em.begin();
  await em.execute('alter table city rename to old_city');
  await em.execute(`create table city as select id, 'new' as name, country_code from old_city`);
  expect(await reader.name()).toBe('Lima');
  await em.commit();
  expect(await reader.name()).toBe('new');
});
