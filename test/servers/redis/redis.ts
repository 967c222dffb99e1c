import { find } from '../binaries/find.ts';
import type { Installation } from '../binaries/installation.ts';
import { freePorts } from '../free-port.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import type { ReplicaNode, ServerNode } from '../server-node.ts';
import { startRedis } from './redis-node.ts';
import { redisReplica } from './redis-replica.ts';

/** What to start. */
export interface RedisOptions {
  /** Default 0. */
  replicas?: number;
}

/** A Redis and its replicas. Connect with `new Redis(group.primary.url)`. */
export interface RedisGroup extends ServerGroup {
  readonly primary: ServerNode;
  readonly replicas: readonly ReplicaNode[];
}

/**
 * Starts Redis and waits until every replica is in step. Takes some tenths of a second.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function redis({ replicas: count = 0 }: RedisOptions = {}): Promise<RedisGroup> {
  const installation = await find('redis');
  return startGroup(installation, 'redis', folder => startPrimaryAndReplicas(installation, folder, count));
}

/** A primary and `count` replicas in step with it. */
export async function startPrimaryAndReplicas(
  installation: Installation,
  group: string,
  count: number,
): Promise<{ primary: ServerNode; replicas: ReplicaNode[] }> {
  const [port, ...replicaPorts] = (await freePorts(1 + count)) as [number, ...number[]];
  const of = { redis: installation, group };
  const primary = await startRedis({ ...of, name: 'primary', port });
  const settings = ['--replicaof', `127.0.0.1 ${port}`];
  const nodes = await Promise.all(
    replicaPorts.map((at, i) => startRedis({ ...of, name: `replica-${i}`, port: at, settings })),
  );
  const replicas = nodes.map(node => redisReplica(node, primary));
  await Promise.all(replicas.map(replica => replica.repairReplication()));
  return { primary, replicas };
}
