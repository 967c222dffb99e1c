import { join } from 'node:path';

import { find } from '../binaries/find.ts';
import type { Installation } from '../binaries/installation.ts';
import { freePort, freePorts } from '../free-port.ts';
import { privateFolder } from '../processes/nobody.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import { type ServerNode, serverNode } from '../server-node.ts';
import { type SqlOptions, sqlOptions } from '../sql-options.ts';
import { tuple, type Tuple } from '../tuple.ts';
import { backUp } from './backup.ts';
import { user } from './connection.ts';
import { makeDataFolder, makeStandby } from './data-folder.ts';
import { startPostgres } from './postgres-process.ts';
import { type PostgresStandby, standby } from './standby.ts';

/** What to start. */
export interface PostgresOptions<N extends number = number> {
  /** Streaming standbys. Default 0. */
  standbys?: N;
  /** Servers of another cluster than all others, by another system identifier. */
  cluster?: string;
}

/** A standby whose data can be replaced. */
export interface RestorableStandby extends PostgresStandby {
  /** Copies its data, for which it is restarted; what it returns puts the copy in their place, and restarts it. */
  backUp(): Promise<() => Promise<void>>;
}

/** A PostgreSQL primary and its standbys. */
export interface PostgresGroup<N extends number = number> extends ServerGroup {
  readonly primary: ServerNode;
  readonly replicas: Tuple<RestorableStandby, N>;
  /** Options for `MikroORM.init` of `@mikro-orm/postgresql`. The database, by default `test`, exists. */
  mikroOrmOptions(dbName?: string): SqlOptions;
}

/**
 * Starts PostgreSQL and waits until every standby streams. Takes about a second.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function postgres<N extends number = 0>({ standbys, cluster }: PostgresOptions<N> = {}): Promise<
  PostgresGroup<N>
> {
  const server = await find('postgres');
  return startGroup(server, 'postgres', async group => {
    const port = await freePort();
    const ports = await freePorts(standbys ?? 0);
    const [primary, ...nodes] = await Promise.all([
      startNode({ server, group, cluster, name: 'primary', port }),
      ...ports.map((at, i) => startNode({ server, group, cluster, name: `replica-${i}`, port: at, primaryPort: port })),
    ]);
    const replicas = nodes.map(node => ({
      ...standby(node, primary),
      backUp: () => backUp(node, join(group, node.name)),
    }));
    await Promise.all(replicas.map(replica => replica.repairReplication()));
    return {
      primary,
      replicas: tuple(replicas, standbys),
      mikroOrmOptions: (dbName = 'test') => sqlOptions(dbName, { user, password: '' }, primary, replicas),
    };
  });
}

interface NodePlan {
  server: Installation;
  group: string;
  cluster: string | undefined;
  name: string;
  port: number;
  /** Of the server that a standby streams from. */
  primaryPort?: number;
}

async function startNode({ server, group, cluster, name, port, primaryPort }: NodePlan): Promise<ServerNode> {
  const folder = privateFolder(join(group, name));
  await makeDataFolder(server, join(folder, 'data'), undefined, cluster);
  if (primaryPort !== undefined) makeStandby(join(folder, 'data'), name, primaryPort);
  const start = () => startPostgres({ postgres: server, name, folder, port });
  await start();
  return serverNode({ name, port, folder, start, url: `postgresql://${user}@127.0.0.1:${port}/test` });
}
