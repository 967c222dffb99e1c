/** Why a node is out. */
export type OutReason =
  | 'down'
  | 'silent'
  | 'starting'
  | 'unresolved'
  | 'lagging'
  | 'stale'
  | 'not replicating'
  | 'fenced';

/** Whether a node answers reads. Times are of `performance.now()`. */
export type NodeState =
  | {
      readonly kind: 'in';
      readonly since: number;
      /** Whether it was out before, so that its share of the reads grows from little. */
      readonly ramps: boolean;
      /** What speaks against it, until a probe tells. */
      readonly doubt?: string;
    }
  | {
      readonly kind: 'out';
      readonly reason: OutReason;
      readonly why: string;
      readonly since: number;
      /** No probe brings it back before then. */
      readonly until: number;
      /** Good probes in a row. */
      readonly good: number;
    };

/** Of a node about which nothing is known yet. */
export const FRESH: NodeState = { kind: 'in', since: 0, ramps: false };

/** Reasons for which a node goes on answering what runs, and could answer more if it must. */
const ALIVE: ReadonlySet<OutReason> = new Set<OutReason>(['lagging', 'not replicating']);

/** Whether a node answers, though it may be out for what it answers. */
export function isAlive(state: NodeState): boolean {
  return state.kind === 'in' || ALIVE.has(state.reason);
}

/** Options of ejection. */
export interface EjectOptions {
  /** How long a node that failed stays out, the first time, in milliseconds. Each next time it is twice as long. */
  readonly minMs: number;
  /** The longest of it, in milliseconds; also how long a node must stay in for its failures to be forgotten. */
  readonly maxMs: number;
  /** Good probes in a row that bring a node back. */
  readonly successes: number;
  /** How long the share of a node that is back grows to the full, in milliseconds. */
  readonly rampMs: number;
}

/** How long a node stays out after so many failures in a row, give or take a fifth, lest all processes return at once. */
export function ejectionMs(failures: number, { minMs, maxMs }: EjectOptions, random: number): number {
  return Math.min(maxMs, minMs * 2 ** (failures - 1)) * (0.8 + 0.4 * random);
}

const SMALLEST_SHARE = 0.05;

/** The share of a node's usual reads that it gets, from 0.05 to 1, growing linearly. */
export function shareOf(state: NodeState, rampMs: number, now: number): number {
  if (state.kind === 'out') return SMALLEST_SHARE;
  if (!state.ramps || now - state.since >= rampMs) return 1;
  return Math.max(SMALLEST_SHARE, (now - state.since) / rampMs);
}
