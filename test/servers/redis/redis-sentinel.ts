import { find } from '../binaries/find.ts';
import { freePorts } from '../free-port.ts';
import { type ServerGroup, startGroup } from '../server-group.ts';
import type { ServerNode } from '../server-node.ts';
import { until } from '../until.ts';
import { command } from './connection.ts';
import { startPrimaryAndCopies } from './redis.ts';
import { startSentinel, watched } from './sentinel-node.ts';

/** What to start. */
export interface RedisSentinelOptions {
  /** Default 1. */
  replicas?: number;
  /** Default 3; a majority of them makes a failover. */
  sentinels?: number;
  /** Whether a server that is restarted has what it had before, as far as it can be. Default true. */
  persistent?: boolean;
}

/**
 * A Redis, its replicas and their sentinels. The nodes cannot lag or break their replication, for the sentinels would
 * mend that. The names say who was what at first: after a failover `replica-0` may be the primary.
 */
export interface RedisSentinelGroup extends ServerGroup {
  readonly primary: ServerNode;
  readonly replicas: readonly ServerNode[];
  readonly sentinels: readonly ServerNode[];
  /** Options for `new Redis(…)` of ioredis. */
  ioredisOptions(): { sentinels: Array<{ host: string; port: number }>; name: string };
  /** The port of the primary that a majority of the sentinels names and that takes writes; waits for a failover. */
  currentPrimaryPort(): Promise<number>;
}

/**
 * Starts Redis with sentinels and waits until they know each other and every replica. Takes about a second. A dead
 * primary is noticed after a second and replaced after about two.
 *
 * @throws {ServerError} `UNAVAILABLE`, `START_FAILED`.
 */
export async function redisSentinel({
  replicas: count = 1,
  sentinels: watchers = 3,
  persistent = true,
}: RedisSentinelOptions = {}): Promise<RedisSentinelGroup> {
  const installation = await find('redis');
  return startGroup(installation, 'redis-sentinel', async group => {
    const { primary, copies } = await startPrimaryAndCopies(installation, group, { count, persistent });
    const ports = await freePorts(watchers);
    const quorum = Math.floor(watchers / 2) + 1;
    const sentinels = await Promise.all(
      ports.map((port, i) => startSentinel({ redis: installation, group, index: i, port, primary, quorum })),
    );
    await Promise.all(
      ports.map(port => until(() => knows(port, watchers - 1, count), { what: `sentinel ${port} to know the others` })),
    );
    return {
      primary,
      replicas: copies,
      sentinels,
      ioredisOptions: () => ({ sentinels: ports.map(port => ({ host: '127.0.0.1', port })), name: watched }),
      currentPrimaryPort: () => agreedPrimary(ports, quorum),
    };
  });
}

async function knows(port: number, sentinels: number, replicas: number): Promise<boolean> {
  const reply = await command(port, 'SENTINEL', 'MASTER', watched);
  const field = (name: string) => (Array.isArray(reply) ? Number(reply[reply.indexOf(name) + 1]) : Number.NaN);
  return field('num-other-sentinels') === sentinels && field('num-slaves') === replicas;
}

async function agreedPrimary(ports: readonly number[], quorum: number): Promise<number> {
  return until(
    async () => {
      const replies = await Promise.allSettled(
        ports.map(port => command(port, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', watched)),
      );
      const said = replies.flatMap(reply =>
        reply.status === 'fulfilled' && Array.isArray(reply.value) ? [Number(reply.value[1])] : [],
      );
      const agreed = said.find(port => said.filter(other => other === port).length >= quorum);
      return agreed !== undefined && (await isPrimary(agreed)) ? agreed : undefined;
    },
    { what: 'the sentinels to agree on a primary' },
  );
}

/** Right after the switch most sentinels still name the old one, which is dead or a replica by then. */
async function isPrimary(port: number): Promise<boolean> {
  const role = await command(port, 'ROLE');
  return Array.isArray(role) && role[0] === 'master';
}
