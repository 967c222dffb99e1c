import { Redis } from 'ioredis';

const CALLS = 500;

/** How many requests reach a Redis for one call, as it counts them by itself. */
export async function measureRoundTrips(url: string, call: () => Promise<unknown>): Promise<number> {
  const observer = new Redis(url);
  try {
    await call();
    const before = await requests(observer);
    for (let at = 0; at < CALLS; at++) await call();
    // The first look is among what the second one sees.
    return ((await requests(observer)) - before - 1) / CALLS;
  } finally {
    observer.disconnect();
  }
}

async function requests(redis: Redis): Promise<number> {
  return Number(/total_reads_processed:(\d+)/.exec(await redis.info('stats'))?.[1]);
}
