import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { IsolationLevel } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { SqliteDriver } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe } from 'vitest';

import { describeWith, postgres, type PostgresGroup } from '../../servers/index.ts';
import type { Ground } from './cities.ts';

/** Runs races on SQLite, and on PostgreSQL under its two common isolation levels. */
export async function onEveryGround(races: (ground: () => Ground) => void): Promise<void> {
  describe('SQLite', () => {
    let folder: string;
    beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'))));
    afterAll(() => rm(folder, { recursive: true }));
    races(() => ({
      database: { driver: SqliteDriver, dbName: join(folder, 'cities.sqlite') },
      isolationLevel: undefined,
      prepare: orm => orm.em.execute('pragma journal_mode = wal'),
    }));
  });

  await describeWith('postgres', 'PostgreSQL', () => {
    let servers: PostgresGroup;
    beforeAll(async () => void (servers = await postgres()));
    afterAll(() => servers?.stop());
    for (const isolationLevel of [IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ]) {
      describe(`isolation: ${isolationLevel}`, () => {
        races(() => ({
          database: { driver: PostgreSqlDriver, ...servers.mikroOrmOptions() },
          isolationLevel,
          prepare: () => Promise.resolve(),
        }));
      });
    }
  });
}
