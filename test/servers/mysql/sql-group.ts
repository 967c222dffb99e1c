import { join } from 'node:path';

import { find } from '../binaries/find.ts';
import type { Installation } from '../binaries/installation.ts';
import { freePort, freePorts } from '../free-port.ts';
import { privateFolder } from '../processes/nobody.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import { type ServerNode, serverNode } from '../server-node.ts';
import { type SqlOptions, sqlOptions } from '../sql-options.ts';
import { tuple, type Tuple } from '../tuple.ts';
import { app } from './connection.ts';
import type { Dialect } from './dialect.ts';
import { makeSqlDataFolder } from './sql-data-folder.ts';
import { startSqlProcess } from './sql-process.ts';
import { type SqlReplica, sqlReplica } from './sql-replica.ts';

/** What to start. */
export interface SqlGroupOptions<N extends number = number> {
  /** Read-only replicas with GTID. Default 0. */
  replicas?: N;
}

/** A primary and its replicas. */
export interface SqlGroup<N extends number = number> extends ServerGroup {
  readonly primary: ServerNode;
  readonly replicas: Tuple<SqlReplica, N>;
  /** Options for `MikroORM.init`. The database, by default `test`, exists; the account may create others. */
  mikroOrmOptions(dbName?: string): SqlOptions;
}

/** Starts a primary and its replicas and waits until they replicate. */
export async function sqlGroup<N extends number>(
  dialect: Dialect,
  { replicas: count }: SqlGroupOptions<N>,
): Promise<SqlGroup<N>> {
  const server = await find(dialect.product);
  return startGroup(server, dialect.product, async group => {
    const port = await freePort();
    const replicaPorts = await freePorts(count ?? 0);
    const [primary, ...others] = await Promise.all([
      startNode({ dialect, server, group, name: 'primary', port, serverId: 1, state: { isReadOnly: false } }),
      ...replicaPorts.map((at, i) =>
        startReplica({ dialect, server, group, name: `replica-${i}`, port: at, serverId: i + 2 }),
      ),
    ]);
    const replicas = others.map(({ node, state }) =>
      sqlReplica(dialect, node, primary, () => void (state.isReadOnly = false)),
    );
    await Promise.all(replicas.map(replica => replica.follow(primary)));
    return {
      primary,
      replicas: tuple(replicas, count),
      mikroOrmOptions: (dbName = 'test') => sqlOptions(dbName, app, primary, replicas),
    };
  });
}

interface NodePlan {
  dialect: Dialect;
  server: Installation;
  group: string;
  name: string;
  port: number;
  serverId: number;
}

/** What the next start has to know; a promotion changes it. */
interface NodeState {
  isReadOnly: boolean;
}

async function startReplica(plan: NodePlan): Promise<{ node: ServerNode; state: NodeState }> {
  const state = { isReadOnly: true };
  return { node: await startNode({ ...plan, state }), state };
}

async function startNode({ group, state, ...plan }: NodePlan & { state: NodeState }): Promise<ServerNode> {
  const { name, port, dialect, server } = plan;
  const folder = privateFolder(join(group, name));
  await makeSqlDataFolder(dialect, server, join(folder, 'data'));
  const start = () => startSqlProcess({ ...plan, folder, ...state });
  await start();
  const url = `${dialect.product}://${app.user}:${app.password}@127.0.0.1:${port}/test`;
  return serverNode({ name, port, folder, start, url });
}
