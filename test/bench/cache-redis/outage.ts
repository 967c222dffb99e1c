import { redis, until } from '../../servers/index.ts';
import { openWrapped } from './cities.ts';

/** What a Redis that is killed, and comes back, does to an application's reads. */
export interface Outage {
  /** The 99th percentile of what a read took longer than without Redis, in the first second after the kill, in milliseconds. */
  readonly firstSecondMs: number;
  /** The same for the two seconds after that. */
  readonly laterMs: number;
  /** From when Redis answers again until a read is answered by it, in milliseconds. */
  readonly recoveredMs: number;
}

/** Kills a Redis in the middle of an application's reads. */
export async function measureOutage(): Promise<Outage> {
  await using group = await redis();
  const app = await openWrapped(group.primary.url);
  try {
    for (let at = 0; at < 500; at++) await app.find();
    await group.primary.kill();
    const first = await timesFor(1_000, app.find);
    const later = await timesFor(2_000, app.find);
    const uncached = median(later);
    await group.primary.restart();
    const started = performance.now();
    const { hits } = app.stats();
    await until(async () => (await app.find(), app.stats().hits > hits), { what: 'a hit', pollMs: 1 });
    return {
      firstSecondMs: percentile(first, 0.99) - uncached,
      laterMs: percentile(later, 0.99) - uncached,
      recoveredMs: performance.now() - started,
    };
  } finally {
    await app.close();
  }
}

async function timesFor(ms: number, call: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (const end = performance.now() + ms; performance.now() < end;) {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  }
  return times.toSorted((one, other) => one - other);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(sorted.length * share)] ?? 0;
}

function median(sorted: readonly number[]): number {
  return percentile(sorted, 0.5);
}
