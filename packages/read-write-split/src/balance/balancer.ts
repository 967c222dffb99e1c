import type { Balance } from '../read-write-split-options.ts';

/** Chooses among `count` replicas, and can be asked without choosing. */
export interface Balancer {
  /** The index that `take` will give next. */
  readonly upcoming: number;
  /** Chooses a replica, by index. */
  take(): number;
}

/** A balancer over at least one replica. */
export function balancer(balance: Balance, count: number): Balancer {
  const after = {
    'round-robin': (index: number) => (index + 1) % count,
    random: () => Math.floor(Math.random() * count),
  };
  return new Turns(balance === 'random' ? after.random() : 0, after[balance]);
}

class Turns implements Balancer {
  upcoming: number;
  readonly #after: (index: number) => number;

  constructor(first: number, after: (index: number) => number) {
    this.upcoming = first;
    this.#after = after;
  }

  take(): number {
    const taken = this.upcoming;
    this.upcoming = this.#after(taken);
    return taken;
  }
}
