import { Redis } from 'ioredis';

import { type FaultProxy, faultProxy, redis, redisSentinel, type ServerNode } from '../servers/index.ts';
import type { RedisAddress } from './messages.ts';
import type { Mode } from './mode.ts';

/** Redis, who is the primary of it, and a line to it for each worker. It forgets everything when it is restarted. */
export interface RedisWorld extends AsyncDisposable {
  /** Past the lines. */
  readonly address: RedisAddress;
  readonly lines: readonly RedisLine[];
  primary(): Promise<ServerNode>;
}

/** What one worker reaches Redis by. */
export interface RedisLine {
  readonly address: RedisAddress;
  /** To each node of Redis. */
  readonly proxies: readonly FaultProxy[];
}

/** Starts Redis as the mode wants it, and so many lines to it. */
export async function openRedis({ redis: kind }: Mode, count: number): Promise<RedisWorld> {
  return kind === 'single' ? openSingle(count) : openSentinel(count);
}

async function openSingle(count: number): Promise<RedisWorld> {
  const { primary, stop } = await redis({ persistent: false });
  const lines = await linesTo([primary], count, ([proxy]) => ({ url: `redis://127.0.0.1:${proxy?.port}` }));
  return world({ url: primary.url }, lines, async () => primary, stop);
}

async function openSentinel(count: number): Promise<RedisWorld> {
  const group = await redisSentinel({ persistent: false });
  const nodes = [group.primary, ...group.replicas];
  const address = group.ioredisOptions();
  const lines = await linesTo(nodes, count, proxies => ({ ...address, natMap: natMapOf(nodes, proxies) }));
  const primary = async (): Promise<ServerNode> => {
    const port = await group.currentPrimaryPort();
    return nodes.find(node => node.port === port) ?? group.primary;
  };
  return world(address, lines, primary, group.stop);
}

function world(
  address: RedisAddress,
  lines: readonly RedisLine[],
  primary: () => Promise<ServerNode>,
  stop: () => Promise<void>,
): RedisWorld {
  const dispose = async (): Promise<void> => {
    await Promise.all(lines.flatMap(({ proxies }) => proxies.map(proxy => proxy.stop())));
    await stop();
  };
  return { address, lines, primary, [Symbol.asyncDispose]: dispose };
}

function linesTo(
  nodes: readonly ServerNode[],
  count: number,
  addressOf: (proxies: readonly FaultProxy[]) => RedisAddress,
): Promise<readonly RedisLine[]> {
  const line = async (): Promise<RedisLine> => {
    const proxies = await Promise.all(nodes.map(({ port }) => faultProxy({ port })));
    return { address: addressOf(proxies), proxies };
  };
  return Promise.all(Array.from({ length: count }, line));
}

/** Sentinels name nodes by their own addresses. */
function natMapOf(nodes: readonly ServerNode[], proxies: readonly FaultProxy[]): NonNullable<RedisAddress['natMap']> {
  const host = '127.0.0.1';
  return Object.fromEntries(
    nodes.map(({ port }, at) => [`${host}:${port}`, { host, port: proxies[at]?.port ?? port }]),
  );
}

/** A client of it, as an application would make one. */
export function redisClient(address: RedisAddress): Redis {
  return address.url === undefined ? new Redis(address) : new Redis(address.url);
}
