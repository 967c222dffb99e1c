import { join } from 'node:path';

import { find } from '../binaries/find.ts';
import type { Installation } from '../binaries/installation.ts';
import { freePorts } from '../free-port.ts';
import { privateFolder } from '../processes/nobody.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import { type ServerNode, serverNode } from '../server-node.ts';
import { type SqlOptions, sqlOptions } from '../sql-options.ts';
import { user } from './connection.ts';
import { makeDataFolder, makeStandby } from './data-folder.ts';
import { startPostgres } from './postgres-process.ts';
import { type PostgresStandby, standby } from './standby.ts';

/** What to start. */
export interface PostgresOptions {
  /** Streaming standbys. Default 0. */
  standbys?: number;
}

/** A PostgreSQL primary and its standbys. */
export interface PostgresGroup extends ServerGroup {
  readonly primary: ServerNode;
  readonly replicas: readonly PostgresStandby[];
  /** Options for `MikroORM.init` of `@mikro-orm/postgresql`. The database, by default `test`, exists. */
  mikroOrmOptions(dbName?: string): SqlOptions;
}

/**
 * Starts PostgreSQL and waits until every standby streams. Takes one to two seconds.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function postgres({ standbys = 0 }: PostgresOptions = {}): Promise<PostgresGroup> {
  const installation = await find('postgres');
  return startGroup(installation, 'postgres', async folder => {
    const ports = await freePorts(1 + standbys);
    const nodes = await Promise.all(ports.map((port, i) => startNode(installation, folder, port, i, ports[0] ?? port)));
    const [primary, ...others] = nodes as [ServerNode, ...ServerNode[]];
    const replicas = others.map(node => standby(node, primary));
    await Promise.all(replicas.map(replica => replica.repairReplication().then(() => replica.caughtUp())));
    return {
      primary,
      replicas,
      mikroOrmOptions: (dbName = 'test') => sqlOptions(dbName, { user, password: '' }, primary, replicas),
    };
  });
}

async function startNode(
  installation: Installation,
  group: string,
  port: number,
  index: number,
  primaryPort: number,
): Promise<ServerNode> {
  const name = index === 0 ? 'primary' : `replica-${index - 1}`;
  const folder = privateFolder(join(group, name));
  await makeDataFolder(installation, join(folder, 'data'));
  if (index > 0) makeStandby(join(folder, 'data'), name, primaryPort);
  const start = () => startPostgres({ postgres: installation, name, folder, port });
  await start();
  return serverNode({ name, port, folder, start, url: `postgresql://${user}@127.0.0.1:${port}/test` });
}
