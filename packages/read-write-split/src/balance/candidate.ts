/** A node that may answer a read. */
export interface Candidate {
  readonly name: string;
  /** Its share of the reads compared to the others: the weight from the options, less while it comes back. */
  readonly weight: number;
  /** Reads that it has not answered yet. */
  readonly inFlight: number;
  /** What a read is likely to take there, in milliseconds; undefined before the first. */
  readonly expectedMs: number | undefined;
}

/** What a choice depends on beside the candidates; the same until a read has been sent, so that it can be foretold. */
export interface Chance {
  /** Counts the choices that were made. */
  readonly turn: number;
  /** Numbers from 0 to below 1. */
  readonly first: number;
  readonly second: number;
}

/** Chooses one of at least one candidates: the index. */
export type Balancer = (candidates: readonly Candidate[], chance: Chance) => number;

/** A new chance for the next choice. */
export function nextChance(turn: number): Chance {
  return { turn, first: Math.random(), second: Math.random() };
}
