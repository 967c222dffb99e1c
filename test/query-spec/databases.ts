import type { MikroORM, Options } from '@mikro-orm/core';
import { MikroORM as MariaDb } from '@mikro-orm/mariadb';
import { MikroORM as Mongo } from '@mikro-orm/mongodb';
import { MikroORM as MySql } from '@mikro-orm/mysql';
import { MikroORM as PostgreSql } from '@mikro-orm/postgresql';
import { MikroORM as Sqlite } from '@mikro-orm/sqlite';

import { anyServer } from '../servers/index.ts';

export const SERVERS = ['postgres', 'mysql', 'mariadb', 'mongodb'] as const;

/** A database that query-spec knows. */
export type Database = 'sqlite' | (typeof SERVERS)[number];

export const DATABASES: readonly Database[] = ['sqlite', ...SERVERS];

/** The collation of each that orders by code point and pads nothing. */
export const ORDERED_COLLATION = {
  sqlite: 'binary',
  postgres: 'C',
  mysql: 'utf8mb4_0900_bin',
  mariadb: 'utf8mb4_nopad_bin',
  mongodb: undefined,
} as const satisfies Record<Database, string | undefined>;

/** An ORM on a database of its own. */
export interface OpenDatabase extends AsyncDisposable {
  readonly name: Database;
  readonly orm: MikroORM;
  /** Whether a statement can follow a relation. */
  readonly joins: boolean;
  close(): Promise<void>;
}

/** Starts the server, and connects to an empty schema of these entities. */
export async function openDatabase(name: Database, options: Partial<Options>): Promise<OpenDatabase> {
  const server = name === 'sqlite' ? undefined : await anyServer(name);
  const orm = await initOrm(name, { ...options, ...(server ? server.mikroOrmOptions() : { dbName: ':memory:' }) });
  await orm.schema.refresh();
  const close = async (): Promise<void> => {
    await orm.close();
    await server?.stop();
  };
  return { name, orm, joins: name !== 'mongodb', close, [Symbol.asyncDispose]: close };
}

/** An ORM that has not connected yet. */
export function initOrm(name: Database, options: object): Promise<MikroORM> {
  switch (name) {
    case 'sqlite':
      return Sqlite.init(options);
    case 'postgres':
      return PostgreSql.init(options);
    case 'mysql':
      return MySql.init(options);
    case 'mariadb':
      return MariaDb.init(options);
    case 'mongodb':
      return Mongo.init({ ...options, ensureIndexes: false });
  }
}
