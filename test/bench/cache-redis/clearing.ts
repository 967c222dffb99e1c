import { redisStore } from '@mikro-kit/result-cache-redis';
import { Redis } from 'ioredis';

const KEYS = 1_000_000;

/**
 * The longest that another client of a Redis waits while a store with a million entries is cleared there, in
 * milliseconds; and the longest that one waits meanwhile for an idle Redis, which is the machine's doing.
 */
export async function measureClear(url: string, idleUrl: string): Promise<{ longestMs: number; idleMs: number }> {
  const other = new Redis(url);
  const idle = new Redis(idleUrl);
  const store = redisStore({ client: () => new Redis(url), prefix: 'million:' });
  try {
    await fill(other, 'million:e:');
    const done = new AbortController();
    const [longest] = await Promise.all([
      longestPings(other, idle, done.signal),
      store.clear().finally(() => done.abort()),
    ]);
    const left = await other.dbsize();
    if (left > 1_000) throw new Error(`clear() left ${left} keys.`);
    return longest;
  } finally {
    await store.close();
    idle.disconnect();
    other.disconnect();
  }
}

async function longestPings(
  one: Redis,
  idle: Redis,
  done: AbortSignal,
): Promise<{ longestMs: number; idleMs: number }> {
  let [longestMs, idleMs] = [0, 0];
  while (!done.aborted) {
    longestMs = Math.max(longestMs, await pingMs(one));
    idleMs = Math.max(idleMs, await pingMs(idle));
  }
  return { longestMs, idleMs };
}

async function pingMs(redis: Redis): Promise<number> {
  const started = performance.now();
  await redis.ping();
  return performance.now() - started;
}

/** In steps, so that no single script runs into a deadline. */
async function fill(redis: Redis, prefix: string): Promise<void> {
  const script = `for at = ARGV[1], ARGV[2] do redis.call('SET', ARGV[3] .. at, 'some value', 'PX', 3600000) end`;
  const step = KEYS / 50;
  for (let from = 0; from < KEYS; from += step) await redis.eval(script, 0, from, from + step - 1, prefix);
}
