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

/** Kills a Redis in the middle of an application's reads. Another application without one reads in turn with it. */
export async function measureOutage(): Promise<Outage> {
  await using group = await redis();
  const app = await openWrapped(group.primary.url);
  const without = await openWrapped(undefined);
  try {
    for (let at = 0; at < 500; at++) await Promise.all([app.find(), without.find()]);
    await group.primary.kill();
    const firstSecondMs = await addedFor(1_000, app.find, without.find);
    const laterMs = await addedFor(2_000, app.find, without.find);
    await group.primary.restart();
    const started = performance.now();
    const { hits } = app.stats();
    await until(async () => (await app.find(), app.stats().hits > hits), { what: 'a hit', pollMs: 1 });
    return { firstSecondMs, laterMs, recoveredMs: performance.now() - started };
  } finally {
    await app.close();
    await without.close();
  }
}

/** The difference of the 99th percentiles: what strikes both alike, on a busy machine, is nobody's cost. */
async function addedFor(ms: number, call: () => Promise<unknown>, control: () => Promise<unknown>): Promise<number> {
  const [times, controls]: [number[], number[]] = [[], []];
  for (const end = performance.now() + ms; performance.now() < end;) {
    times.push(await timeOf(call));
    controls.push(await timeOf(control));
  }
  return percentile(times, 0.99) - percentile(controls, 0.99);
}

async function timeOf(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

function percentile(times: readonly number[], share: number): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length * share)] ?? 0;
}
