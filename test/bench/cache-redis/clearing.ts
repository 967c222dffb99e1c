import { redisStore } from '@mikro-kit/result-cache-redis';
import { Redis } from 'ioredis';

const KEYS = 1_000_000;

/** Waits, in milliseconds. */
export interface Waits {
  /** The longest of another client of the Redis. */
  readonly longestMs: number;
  /** The longest of one of an idle Redis, which is the machine's doing. */
  readonly idleMs: number;
}

/** How long others wait, longer than those who ask elsewhere at that moment, while a million entries are cleared. */
export async function measureClear(url: string, idleUrl: string): Promise<Waits> {
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

/** Both are asked at the same moment, so that what holds up this process, or the machine, holds up both. */
async function longestPings(one: Redis, idle: Redis, done: AbortSignal): Promise<Waits> {
  let [longestMs, idleMs] = [0, 0];
  while (!done.aborted) {
    const [oneMs, otherMs] = await Promise.all([pingMs(one), pingMs(idle)]);
    longestMs = Math.max(longestMs, oneMs - otherMs);
    idleMs = Math.max(idleMs, otherMs - oneMs);
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
