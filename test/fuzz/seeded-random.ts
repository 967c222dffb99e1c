/** A small generator with a seed, so that a failure repeats (Mulberry32). */
export interface SeededRandom {
  /** From 0, below 1. */
  next(): number;
  /** An integer from 0, below `most`. */
  below(most: number): number;
  pick<T>(items: readonly [T, ...T[]]): T;
}

export function seededRandom(seed: number): SeededRandom {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (most: number): number => Math.floor(next() * most);
  return { next, below, pick: items => items[below(items.length)] ?? items[0] };
}
