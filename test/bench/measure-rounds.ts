import { setImmediate } from 'node:timers/promises';

import { balancedOrders } from './balanced-orders.ts';
import type { Call, Effort, Sitting, Variant } from './bench.ts';
import { median } from './median.ts';

/** The time of each call in microseconds, by variant and round. */
export type Samples = ReadonlyMap<string, Float64Array>;

/** Calls the variants of a sitting in turn, each once or so often in a row. `round` hears of each round that is done. */
export async function measureRounds(
  { variants }: Pick<Sitting, 'variants'>,
  { rounds, warmUpRounds, callsInARow = 1 }: Omit<Effort, 'sittings'>,
  round: () => void = () => {},
): Promise<Samples> {
  const lanes = Object.entries(variants).map(([name, variant]) => ({ name, variant, us: new Float64Array(rounds) }));
  const orders = balancedOrders(lanes.length).map(order => order.flatMap(at => lanes[at] ?? []));
  for (let turn = 0; turn < warmUpRounds + rounds; turn++) {
    // A turn of the event loop, as between two requests: weak references and finalizers are held back without it.
    await setImmediate();
    for (const { variant, us } of orders[turn % orders.length] ?? []) {
      const took = callsInARow === 1 ? await timeOf(variant) : await timeOfCalls(variant, callsInARow);
      if (turn >= warmUpRounds) us[turn - warmUpRounds] = took;
    }
    round();
  }
  return new Map(lanes.map(({ name, us }) => [name, us]));
}

async function timeOfCalls(variant: Variant, calls: number): Promise<number> {
  const took: number[] = [];
  for (let left = calls; left > 0; left--) took.push(await timeOf(variant));
  return median(took);
}

async function timeOf(variant: Variant): Promise<number> {
  const call: Call = variant();
  const started = performance.now();
  const answer = call();
  if (answer instanceof Promise) await answer;
  return (performance.now() - started) * 1_000;
}
