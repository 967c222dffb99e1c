import { ReadWriteSplitError } from './read-write-split-error.ts';

const consistencies = ['sticky', 'eventual'] as const;
const balances = ['round-robin', 'random'] as const;

/** `sticky`: after a write its request reads from the primary for a while. `eventual`: it does not. */
export type Consistency = (typeof consistencies)[number];

/** How a replica is chosen where nothing says which. */
export type Balance = (typeof balances)[number];

/** Options of `readWriteSplit()`. */
export interface ReadWriteSplitOptions {
  /** Default `sticky`. */
  readonly consistency?: Consistency;
  /** How long after its last write a request reads from the primary, in milliseconds. Default 2,000. */
  readonly stickyMs?: number;
  /** Default `round-robin`. */
  readonly balance?: Balance;
  /** Kill switch, also at run time: `getReadWriteSplit(orm).enabled = false`. Default true. */
  readonly enabled?: boolean;
}

/** The options with their defaults. @throws ReadWriteSplitError `INVALID_OPTION`, `NOT_AVAILABLE` */
export function resolveOptions(options: ReadWriteSplitOptions): Required<ReadWriteSplitOptions> {
  const { consistency = 'sticky', stickyMs = 2_000, balance = 'round-robin', enabled = true } = options;
  requireOneOf('consistency', consistency, consistencies, ['causal']);
  requireOneOf('balance', balance, balances, ['weighted', 'least-in-flight', 'latency']);
  if (!(stickyMs >= 0)) throw invalid(`stickyMs must be zero or more milliseconds, not ${stickyMs}.`);
  return { consistency, stickyMs, balance, enabled };
}

// For callers whose options come from a file: the types already say so.
function requireOneOf(option: string, value: string, known: readonly string[], planned: readonly string[]): void {
  const choices = known.map(choice => `'${choice}'`).join(' or ');
  if (known.includes(value)) return;
  if (!planned.includes(value)) throw invalid(`${option} must be ${choices}, not '${value}'.`);
  throw new ReadWriteSplitError('NOT_AVAILABLE', `${option}: '${value}' is not there yet; use ${choices}.`);
}

function invalid(message: string): ReadWriteSplitError {
  return new ReadWriteSplitError('INVALID_OPTION', message);
}
