import type { Figure } from './figure.ts';

/** The call whose time is taken, awaited when it returns a promise. */
export type Call = () => unknown;

/**
 * One of the things that are compared. Asked before each of its calls, outside the time that is taken, for the call:
 * what must be fresh for it (such as a fork of an EntityManager) is made here.
 */
export type Variant = () => Call;

/** What is measured, set up. The harness calls each variant in each round of those that it is compared with. */
export interface Sitting<V extends string = string, N extends string = string> {
  readonly variants: { readonly [name in V]: Variant };
  /** Read after the last round: whatever else the bench counted, by the names of its number figures. */
  numbers?(): { readonly [name in N]: number };
  close(): Promise<void>;
}

/** How much a bench measures. */
export interface Effort {
  /**
   * How often everything is set up anew. What differs between two identical instances of one process (their place in
   * memory, the order in which the JIT met them) differs from sitting to sitting, and shows in the spread.
   */
  readonly sittings: number;
  /** Rounds that count, of a sitting and of what is compared; each calls every variant, once unless `callsInARow` says more. */
  readonly rounds: number;
  /** Rounds of a sitting before those, for the JIT and the caches. */
  readonly warmUpRounds: number;
  /**
   * How often a variant is called in a row before the next one has its turn; the median of these calls counts. One call
   * each (the default) is fairest to the machine's moods. But then all that only one of the variants runs is out of the
   * processor's caches at each of its calls, which says little of a process that runs nothing else.
   */
  readonly callsInARow?: number;
}

/** What a bench gets that says nothing else: about 20 s for four calls of 50 µs each. */
export const DEFAULT_EFFORT: Effort = { sittings: 24, rounds: 2_500, warmUpRounds: 1_000 };

/** A bench: `npm run bench -- NAME`. */
export interface Bench<V extends string = string, N extends string = string> {
  readonly name: string;
  /** One line for the list of benches. */
  readonly summary: string;
  /** Where it differs from {@link DEFAULT_EFFORT}. */
  readonly effort?: Partial<Effort>;
  readonly figures: readonly Figure<NoInfer<V>, NoInfer<N>>[];
  /**
   * Sets up sitting number `sitting`, counted from 0: vary with it the order in which variants are made. Write the
   * parameter's type, or TypeScript cannot check the figures against what this returns.
   */
  open(sitting: number): Promise<Sitting<V, N>>;
}

/** A bench as it is, with its figures checked against the variants and numbers that `open` gives. */
export function defineBench<V extends string, N extends string = never>(bench: Bench<V, N>): Bench<V, N> {
  return bench;
}
