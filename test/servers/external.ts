import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { Client } from 'pg';

import type { ServerName } from './availability.ts';

/** What we do with a server of the user's own. */
export interface ExternalDialect {
  /** The version, as the server says it. */
  readonly version: (url: string) => Promise<string>;
  /** Removes a database that tests have made, if they have. Redis has none to remove. */
  readonly dropDatabase: (url: string, name: string) => Promise<unknown>;
}

const mysqlLike: ExternalDialect = {
  version: async url => String((await mysqlQuery(url, 'SELECT VERSION() AS version'))[0]?.['version']),
  dropDatabase: (url, name) => mysqlQuery(url, `DROP DATABASE IF EXISTS \`${name}\``),
};

/** By name of the server. */
export const externalDialects: Record<ServerName, ExternalDialect> = {
  postgres: {
    version: async url => firstWord((await postgresQuery(url, 'show server_version'))[0]?.['server_version']),
    dropDatabase: (url, name) => postgresQuery(url, `drop database if exists "${name}" with (force)`),
  },
  mysql: mysqlLike,
  mariadb: mysqlLike,
  redis: {
    version: async url => /redis_version:(\S+)/.exec(await redisInfo(url))?.[1] ?? 'unknown',
    dropDatabase: () => Promise.resolve(),
  },
  mongodb: {
    version: url =>
      withMongo(url, async client => String((await client.db('admin').command({ buildInfo: 1 }))['version'])),
    dropDatabase: (url, name) => withMongo(url, client => client.db(name).dropDatabase()),
  },
};

/** Some servers say who built them, too. */
function firstWord(text: unknown): string {
  return String(text).split(' ')[0] ?? '';
}

async function postgresQuery(connectionString: string, sql: string): Promise<Array<Record<string, unknown>>> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function mysqlQuery(url: string, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection({ uri: url.replace(/^mariadb:/, 'mysql:') });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

async function redisInfo(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    return await redis.info('server');
  } finally {
    redis.disconnect();
  }
}

async function withMongo<T>(url: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(url);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}
