import { randomUUID } from 'node:crypto';

import type { ServerName } from './availability.ts';
import { externalUrl, urlVariables } from './environment.ts';
import { externalDialects } from './external.ts';
import { mongodb } from './mongodb/mongodb.ts';
import { mariadb } from './mysql/mariadb.ts';
import { mysql } from './mysql/mysql.ts';
import { postgres } from './postgres/postgres.ts';
import { recordUse } from './record-use.ts';
import { redis } from './redis/redis.ts';

/** A server to run queries on, perhaps the user's own. It cannot be killed, paused or broken: for that start a group. */
export interface AnyServer extends AsyncDisposable {
  readonly kind: 'own' | 'external';
  readonly name: ServerName;
  readonly version: string;
  readonly url: string;
  /** Options for `MikroORM.init`. `dbName` is a database for this test alone, which may not exist yet. */
  mikroOrmOptions(): { clientUrl: string; dbName: string };
  /** Removes that database, and stops the server if it is ours. */
  stop(): Promise<void>;
}

/**
 * The user's own server, if the environment names one (`TEST_POSTGRES_URL`, …), else one that is started now.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function anyServer(name: ServerName): Promise<AnyServer> {
  const url = externalUrl(name);
  return url ? externalServer(name, url) : ownServer(name);
}

async function externalServer(name: ServerName, url: string): Promise<AnyServer> {
  const { version: ask, dropDatabase } = externalDialects[name];
  const version = await ask(url);
  const dbName = `mikro_kit_${randomUUID().slice(0, 8)}`;
  recordUse({ name, version, from: urlVariables[name] });
  const stop = async () => {
    await dropDatabase(url, dbName);
  };
  const mikroOrmOptions = () => ({ clientUrl: url, dbName });
  return { kind: 'external', name, version, url, mikroOrmOptions, stop, [Symbol.asyncDispose]: stop };
}

async function ownServer(name: ServerName): Promise<AnyServer> {
  const { version, url, stop } = await start(name);
  const mikroOrmOptions = () => ({ clientUrl: url, dbName: 'test' });
  return { kind: 'own', name, version, url, mikroOrmOptions, stop, [Symbol.asyncDispose]: stop };
}

async function start(name: ServerName): Promise<{ version: string; url: string; stop: () => Promise<void> }> {
  if (name === 'mongodb') return mongodb();
  const group = await { postgres, mysql, mariadb, redis }[name]();
  return { version: group.version, url: group.primary.url, stop: () => group.stop() };
}
