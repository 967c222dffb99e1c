import { find } from '../binaries/find.ts';
import type { Installation } from '../binaries/installation.ts';
import { freePorts } from '../free-port.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import type { ServerNode } from '../server-node.ts';
import { until } from '../until.ts';
import { command } from './connection.ts';
import { startRedis } from './redis-node.ts';

/** Three primaries that share the hash slots. While one is dead the whole cluster refuses commands. */
export interface RedisClusterGroup extends ServerGroup {
  readonly nodes: readonly ServerNode[];
  /** What `new Cluster(…)` of ioredis takes. */
  startupNodes(): Array<{ host: string; port: number }>;
}

const size = 3;

/** Redis Cluster specification: the key space is split into 16384 slots. */
const slots = 16_384;

/**
 * Starts a Redis Cluster of three nodes without replicas and waits until every node sees it whole. Takes about two seconds.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function redisCluster(): Promise<RedisClusterGroup> {
  const installation = await find('redis');
  return startGroup(installation, 'redis-cluster', async group => {
    const nodes = await startNodes(installation, group);
    await Promise.all(nodes.map(takeSlots));
    await meet(nodes);
    await Promise.all(
      nodes.map(node => until(() => isWhole(node.port), { what: `${node.name} to see the whole cluster` })),
    );
    return { nodes, startupNodes: () => nodes.map(({ host, port }) => ({ host, port })) };
  });
}

async function startNodes(redis: Installation, group: string): Promise<ServerNode[]> {
  const ports = await freePorts(2 * size);
  const start = (port: number, i: number) => {
    const busPort = String(ports[size + i]);
    const settings = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--cluster-port', busPort];
    return startRedis({ redis, group, name: `node-${i}`, port, settings });
  };
  return Promise.all(ports.slice(0, size).map(start));
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

async function isWhole(port: number): Promise<boolean> {
  const text = String(await command(port, 'CLUSTER', 'INFO'));
  return text.includes('cluster_state:ok') && text.includes(`cluster_known_nodes:${size}`);
}
