import { type FaultProxy, faultProxy } from '../fault-proxy.ts';
import { freePort } from '../free-port.ts';
import type { ReplicaNode, ServerNode } from '../server-node.ts';
import { until } from '../until.ts';
import { command, info } from './connection.ts';

/** Adds a replica's faults to its node. Redis knows no delayed replica, so a lag is a slow line to the primary. */
export function redisReplica(node: ServerNode, primary: ServerNode): ReplicaNode {
  const { name, port } = node;
  let line: FaultProxy | undefined;
  const copyFrom = async (source: { host: string; port: number }) => {
    await command(port, 'REPLICAOF', source.host, source.port);
    await until(() => isLinked(port), { what: `${name} to copy again` });
  };
  const stopLine = async () => {
    await line?.stop();
    line = undefined;
  };
  return {
    ...node,
    async lag(ms) {
      if (ms > 0 && !line) {
        line = await faultProxy(primary);
        await copyFrom(line);
      }
      line?.latency(ms);
      if (ms > 0) return;
      await copyFrom(primary);
      await stopLine();
    },
    async breakReplication() {
      await command(port, 'REPLICAOF', '127.0.0.1', await freePort());
      await until(async () => !(await isLinked(port)), { what: `the end of ${name}'s link` });
    },
    repairReplication: () => copyFrom(line ?? primary),
    caughtUp: () => caughtUp(primary, node),
    async promote() {
      await command(port, 'REPLICAOF', 'NO', 'ONE');
      await stopLine();
    },
  };
}

/** Whether a replica is in step with its primary. */
export async function isLinked(port: number): Promise<boolean> {
  return (await info(port, 'replication', 'master_link_status')) === 'up';
}

async function caughtUp(primary: ServerNode, replica: ServerNode): Promise<void> {
  const written = Number(await info(primary.port, 'replication', 'master_repl_offset'));
  const reached = async () => Number(await info(replica.port, 'replication', 'slave_repl_offset')) >= written;
  await until(reached, { what: `${replica.name} to reach offset ${written}` });
}
