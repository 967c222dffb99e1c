import { redisStore } from '@mikro-kit/result-cache-redis';
import { Redis } from 'ioredis';

const KEYS = 1_000_000;

/** The longest that another client of a Redis waits while a store with a million entries is cleared there, in milliseconds. */
export async function measureClear(url: string): Promise<number> {
  const other = new Redis(url);
  const store = redisStore({ client: () => new Redis(url), prefix: 'million:' });
  try {
    await fill(other, 'million:e:');
    const done = new AbortController();
    const [longestMs] = await Promise.all([longestPing(other, done.signal), store.clear().finally(() => done.abort())]);
    const left = await other.dbsize();
    if (left > 1_000) throw new Error(`clear() left ${left} keys.`);
    return longestMs;
  } finally {
    await store.close();
    other.disconnect();
  }
}

async function longestPing(redis: Redis, done: AbortSignal): Promise<number> {
  let longestMs = 0;
  while (!done.aborted) {
    const started = performance.now();
    await redis.ping();
    longestMs = Math.max(longestMs, performance.now() - started);
  }
  return longestMs;
}

/** In steps, so that no single script runs into a deadline. */
async function fill(redis: Redis, prefix: string): Promise<void> {
  const script = `for at = ARGV[1], ARGV[2] do redis.call('SET', ARGV[3] .. at, 'some value', 'PX', 3600000) end`;
  const step = KEYS / 50;
  for (let from = 0; from < KEYS; from += step) await redis.eval(script, 0, from, from + step - 1, prefix);
}
