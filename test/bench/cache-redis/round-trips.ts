import { Redis } from 'ioredis';

import { median } from '../median.ts';

const WINDOWS = 5;
const CALLS = 100;

/**
 * How many requests reach a Redis for one call, as it counts them by itself: the median of several windows, since a look
 * at the server's life now and then, or a reply that arrives in two parts, is not what a call costs.
 */
export async function measureRoundTrips(url: string, call: () => Promise<unknown>): Promise<number> {
  const observer = new Redis(url);
  try {
    await call();
    const windows: number[] = [];
    for (let window = 0; window < WINDOWS; window++) windows.push(await perCall(observer, call));
    return median(windows);
  } finally {
    observer.disconnect();
  }
}

async function perCall(observer: Redis, call: () => Promise<unknown>): Promise<number> {
  const before = await requests(observer);
  for (let at = 0; at < CALLS; at++) await call();
  // The first look is among what the second one sees.
  return ((await requests(observer)) - before - 1) / CALLS;
}

async function requests(redis: Redis): Promise<number> {
  return Number(/total_reads_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}
