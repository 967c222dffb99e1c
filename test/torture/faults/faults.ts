import { setTimeout as delay } from 'node:timers/promises';

import type { Random } from '../../result-cache/torture/random.ts';
import type { RedisWorld } from '../world.ts';

/** What can happen to Redis. */
export type FaultName = 'restarted' | 'paused' | 'failed over';

/** How long Redis is paused, in milliseconds. */
const PAUSE_MS = 5_000;
/** A restart that is quicker than the sentinels notice, or slower. */
const DOWN_MS = 2_500;

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
};
