import type { ReplicaNode, ServerNode } from '../server-node.ts';
import { until } from '../until.ts';
import { query } from './connection.ts';
import type { Dialect } from './dialect.ts';

/** A replica of MySQL or MariaDB. `lag` knows whole seconds only and rounds up. */
export interface SqlReplica extends ReplicaNode {
  /** Copies another server of the group from now on, for example one that was promoted. */
  follow(node: ServerNode): Promise<void>;
}

/** Adds a replica's faults to its node. `promoted` is told when it becomes writable. */
export function sqlReplica(dialect: Dialect, node: ServerNode, primary: ServerNode, promoted: () => void): SqlReplica {
  const { name, port } = node;
  let followed = primary;
  const stop = async () => {
    await query(port, 'STOP REPLICA');
    await until(() => runs(dialect, port, 'No'), { what: `the end of ${name}'s replication` });
  };
  const start = async () => {
    await query(port, 'START REPLICA');
    await until(() => runs(dialect, port, 'Yes'), { what: `${name} to replicate from ${followed.name}` });
  };
  return {
    ...node,
    async lag(ms) {
      await stop();
      await query(port, dialect.delay(Math.ceil(ms / 1000)));
      await start();
    },
    breakReplication: stop,
    repairReplication: start,
    caughtUp: () => caughtUp(dialect, followed, node),
    async promote() {
      await stop();
      for (const statement of dialect.promotion) await query(port, statement);
      promoted();
    },
    async follow(source) {
      await query(port, 'STOP REPLICA');
      await query(port, dialect.follow(source.port));
      followed = source;
      await start();
    },
  };
}

async function runs({ runningColumns }: Dialect, port: number, expected: 'Yes' | 'No'): Promise<boolean> {
  const [status] = await query(port, 'SHOW REPLICA STATUS');
  return status !== undefined && runningColumns.every(column => status[column] === expected);
}

async function caughtUp(dialect: Dialect, primary: ServerNode, replica: ServerNode): Promise<void> {
  const [written] = await query(primary.port, dialect.position);
  const position = String(written?.['position']);
  const reached = async () => (await query(replica.port, dialect.reached(position)))[0]?.['reached'] === 1;
  await until(reached, { what: `${replica.name} to reach ${position}` });
}
