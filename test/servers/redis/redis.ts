import { find } from '../binaries/find.ts';
import type { Installation } from '../binaries/installation.ts';
import { freePort, freePorts } from '../free-port.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import type { ReplicaNode, ServerNode } from '../server-node.ts';
import { tuple, type Tuple } from '../tuple.ts';
import { until } from '../until.ts';
import { startRedis } from './redis-node.ts';
import { isLinked, redisReplica } from './redis-replica.ts';

/** What to start. */
export interface RedisOptions<N extends number = number> {
  /** Default 0. */
  replicas?: N;
  /** Whether a server that is restarted has what it had before, as far as it can be. Default true. */
  persistent?: boolean;
}

/** A Redis and its replicas. Connect with `new Redis(group.primary.url)`. */
export interface RedisGroup<N extends number = number> extends ServerGroup {
  readonly primary: ServerNode;
  readonly replicas: Tuple<ReplicaNode, N>;
}

/**
 * Starts Redis and waits until every replica is in step. Takes some tenths of a second.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function redis<N extends number = 0>(options: RedisOptions<N> = {}): Promise<RedisGroup<N>> {
  const installation = await find('redis');
  return startGroup(installation, 'redis', async folder => {
    const { primary, copies } = await startPrimaryAndCopies(installation, folder, {
      count: options.replicas ?? 0,
      persistent: options.persistent ?? true,
    });
    const replicas = copies.map(node => redisReplica(node, primary));
    return { primary, replicas: tuple(replicas, options.replicas) };
  });
}

/** A primary and `count` servers that are in step with it. */
export async function startPrimaryAndCopies(
  installation: Installation,
  group: string,
  { count, persistent }: { readonly count: number; readonly persistent: boolean },
): Promise<{ primary: ServerNode; copies: ServerNode[] }> {
  const of = { redis: installation, group };
  const memory = persistent ? [] : ['--appendonly', 'no'];
  const primary = await startRedis({ ...of, name: 'primary', port: await freePort(), settings: memory });
  const settings = [...memory, '--replicaof', `127.0.0.1 ${primary.port}`];
  const ports = await freePorts(count);
  const copies = await Promise.all(ports.map((port, i) => startRedis({ ...of, name: `replica-${i}`, port, settings })));
  await Promise.all(copies.map(({ name, port }) => until(() => isLinked(port), { what: `${name} to be in step` })));
  return { primary, copies };
}
