import type { Balancer, Candidate } from './candidate.ts';
import { latency } from './latency.ts';
import { leastInFlight } from './least-in-flight.ts';
import { random } from './random.ts';
import { roundRobin } from './round-robin.ts';

/** The ways that have a name. `weighted` is `random` by the weights of the options. */
export const balanceNames = ['latency', 'random', 'round-robin', 'weighted', 'least-in-flight'] as const;

/** Chooses one of the candidates, by name. Another name, or throwing, leaves the choice to `latency`. */
export type BalanceFunction = (candidates: readonly Candidate[]) => string;

/** How a replica is chosen where nothing says which. */
export type Balance = (typeof balanceNames)[number] | BalanceFunction;

const BY_NAME: Readonly<Record<(typeof balanceNames)[number], Balancer>> = {
  latency,
  random,
  'round-robin': roundRobin,
  weighted: random,
  'least-in-flight': leastInFlight,
};

/** @param warn hears, once, of a function of the user's that fails */
export function balancerOf(balance: Balance, warn: (message: string) => void): Balancer {
  return typeof balance === 'function' ? ownBalancer(balance, warn) : BY_NAME[balance];
}

function ownBalancer(choose: BalanceFunction, warn: (message: string) => void): Balancer {
  let failed = false;
  const fail = (why: string): void => {
    if (!failed) warn(`the balance function ${why}, so latency decides.`);
    failed = true;
  };
  return (candidates, chance) => {
    try {
      // A list of its own, which it may sort.
      const name: unknown = choose([...candidates]);
      const at = candidates.findIndex(candidate => candidate.name === name);
      if (at >= 0) return at;
      // What it rejects with is nobody's to catch.
      if (name instanceof Promise) name.catch(() => undefined);
      fail(name instanceof Promise ? 'gave a promise' : 'chose none of its candidates');
    } catch (error) {
      fail(`failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    return latency(candidates, chance);
  };
}
