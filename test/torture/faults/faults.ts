import { setTimeout as delay } from 'node:timers/promises';

import type { Random } from '../../result-cache/torture/random.ts';
import type { RedisWorld } from '../redis-world.ts';

/** What can happen to Redis. */
export type FaultName = 'restarted' | 'paused' | 'failed over' | 'out of reach of one';

/** How long Redis is paused, in milliseconds. */
const PAUSE_MS = 5_000;
/** A restart that is quicker than the sentinels notice, or slower. */
const DOWN_MS = 2_500;
/** How long one worker is cut off, at most, in milliseconds. */
const CUT_OFF_MS = 4_000;
/** One way; around the time that a command may take. */
const MOST_LATENCY_MS = 400;

/** Makes a fault and ends it. Resolves when Redis is, or will by itself be, as it should. */
export const faults: Readonly<Record<FaultName, (redis: RedisWorld, random: Random) => Promise<void>>> = {
  /** Killed; without its data when it comes back. */
  restarted: async (redis, random) => {
    const node = await redis.primary();
    await node.kill();
    await delay(random.next() ** 2 * DOWN_MS);
    await node.restart();
  },
  /** Connected, and silent. Sentinels make another node the primary meanwhile; when it goes on there are two for a while. */
  paused: async redis => {
    const node = await redis.primary();
    await node.pause();
    await delay(PAUSE_MS);
    await node.resume();
  },
  /** Killed until another node is the primary; comes back as a replica. */
  'failed over': async redis => {
    const node = await redis.primary();
    await node.kill();
    await redis.primary();
    await node.restart();
  },
  /** One worker's commands arrive late, if at all, or their replies do not; then its connections are reset, or go on. */
  'out of reach of one': async ({ lines }, random) => {
    const { proxies } = random.pick(lines);
    const hindrance = random.pick(['silence', 'latency', 'refusal']);
    if (hindrance === 'silence') for (const proxy of proxies) proxy.blackHole();
    if (hindrance === 'latency') for (const proxy of proxies) proxy.latency(random.next() * MOST_LATENCY_MS);
    if (hindrance === 'refusal') await Promise.all(proxies.map(proxy => proxy.down()));
    await delay(random.next() * CUT_OFF_MS);
    if (random.next() < 0.5) for (const proxy of proxies) proxy.reset();
    for (const proxy of proxies) proxy.heal();
    await Promise.all(proxies.map(proxy => proxy.up()));
  },
};
