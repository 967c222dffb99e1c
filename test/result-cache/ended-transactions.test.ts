import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { MariaDbDriver } from '@mikro-orm/mariadb';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { describeWith, mariadb, postgres } from '../servers/index.ts';
import { City, processesOn, type Process } from './races/cities.ts';

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

describe('on SQLite', () => {
  let folder: string;
  let writer: Process;
  let reader: Process;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
    const processes = await processesOn({
      database: { driver: SqliteDriver, dbName: join(folder, 'cities.sqlite') },
      isolationLevel: undefined,
      prepare: orm => orm.em.execute('pragma journal_mode = wal'),
    });
    [writer, reader] = [await processes.open(), await processes.open()];
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('what others kept while a transaction changed the schema is not served after its commit', async () => {
    expect(await reader.name()).toBe('Lima');
    const em = writer.em();
    await em.begin();
    await em.execute('alter table city rename to old_city');
    await em.execute(`create table city as select id, 'new' as name, country_code from old_city`);
    expect(await reader.name()).toBe('Lima');
    await em.commit();
    expect(await reader.name()).toBe('new');
  });

  it('a transaction that was begun by text keeps its own rows to itself', async () => {
    for (const statement of ['begin', RENAME]) await writer.em().execute(statement);
    expect(await writer.name()).toBe('new');
    expect(await reader.name()).toBe('Lima');
    await writer.em().execute('rollback');
    expect([await writer.name(), await reader.name()]).toEqual(['Lima', 'Lima']);
  });

  it('and, race 6, what it sees of the past', async () => {
    await writer.em().execute('begin');
    expect(await writer.name()).toBe('Lima');
    await reader.rename('new');
    expect(await writer.em().find(City, { name: { $ne: '' } }, { orderBy: { id: 'asc' } })).toHaveLength(3);
    expect(await writer.name()).toBe('Lima');
    expect(await reader.name()).toBe('new');
    await writer.em().execute('commit');
    expect([await writer.name(), writer.cache.stats().bypassed]).toEqual(['new', { transaction: 3 }]);
  });
});
