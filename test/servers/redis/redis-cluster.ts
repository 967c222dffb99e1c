import { find } from '../binaries/find.ts';
import type { Installation } from '../binaries/installation.ts';
import { freePorts } from '../free-port.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import type { ServerNode } from '../server-node.ts';
import { until } from '../until.ts';
import { command } from './connection.ts';
import { startRedis } from './redis-node.ts';
import { isLinked } from './redis-replica.ts';

/** What to start. */
export interface RedisClusterOptions {
  /** Of each primary. Default 0; a primary that is dead is replaced then, after some two seconds. */
  replicas?: number;
}

/** Three primaries that share the hash slots. While one is dead, and not replaced, the whole cluster refuses commands. */
export interface RedisClusterGroup extends ServerGroup {
  /** The primaries. */
  readonly nodes: readonly ServerNode[];
  /** Those of the first primary, then those of the second, then those of the third. */
  readonly replicas: readonly ServerNode[];
  /** What `new Cluster(…)` of ioredis takes. */
  startupNodes(): Array<{ host: string; port: number }>;
}

const size = 3;

/** Redis Cluster specification: the key space is split into 16384 slots. */
const slots = 16_384;

/**
 * Starts a Redis Cluster of three primaries and waits until every node sees it whole. Takes about two seconds.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function redisCluster({ replicas: each = 0 }: RedisClusterOptions = {}): Promise<RedisClusterGroup> {
  const installation = await find('redis');
  return startGroup(installation, 'redis-cluster', async group => {
    const all = await startNodes(installation, group, size * (1 + each));
    const [nodes, replicas] = [all.slice(0, size), all.slice(size)];
    await Promise.all(nodes.map(takeSlots));
    await meet(all);
    const see = (node: ServerNode) =>
      until(() => isWhole(node.port, all.length), { what: `${node.name} to see the whole cluster` });
    await Promise.all(all.map(see));
    await Promise.all(replicas.map((replica, at) => follow(replica, nodes[Math.floor(at / each)])));
    return { nodes, replicas, startupNodes: () => nodes.map(({ host, port }) => ({ host, port })) };
  });
}

async function startNodes(redis: Installation, group: string, count: number): Promise<ServerNode[]> {
  const ports = await freePorts(2 * count);
  const start = (port: number, i: number) => {
    const busPort = String(ports[count + i]);
    const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--cluster-port', busPort];
    return startRedis({ redis, group, name: `node-${i}`, port, settings });
  };
  return Promise.all(ports.slice(0, count).map(start));
}

async function follow(replica: ServerNode, primary: ServerNode | undefined): Promise<void> {
  if (!primary) return;
  const id = String(await command(primary.port, 'CLUSTER', 'MYID'));
  await command(replica.port, 'CLUSTER', 'REPLICATE', id);
  await until(() => isLinked(replica.port), { what: `${replica.name} to be in step` });
}

async function takeSlots(node: ServerNode, index: number): Promise<void> {
  const first = Math.floor((slots * index) / size);
  const last = Math.floor((slots * (index + 1)) / size) - 1;
  await command(node.port, 'CLUSTER', 'ADDSLOTSRANGE', first, last);
  await command(node.port, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
}

async function meet([first, ...others]: readonly ServerNode[]): Promise<void> {
  if (!first) return;
  const busPort = /@(\d+)/.exec(String(await command(first.port, 'CLUSTER', 'NODES')))?.[1] ?? '';
  await Promise.all(others.map(node => command(node.port, 'CLUSTER', 'MEET', first.host, first.port, busPort)));
}

async function isWhole(port: number, nodes: number): Promise<boolean> {
  const text = String(await command(port, 'CLUSTER', 'INFO'));
  return text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${nodes}`);
}
