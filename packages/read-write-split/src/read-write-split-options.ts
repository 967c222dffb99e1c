import { type Balance, balanceNames } from './balance/balancer-of.ts';
import type { MongoOptions } from './mongo/mongo-options.ts';
import type { ProbeOptions } from './nodes/monitor.ts';
import type { EjectOptions } from './nodes/node-state.ts';
import { ReadWriteSplitError } from './read-write-split-error.ts';
import type { RetryOptions } from './retry/retry-options.ts';

const consistencies = ['causal', 'sticky', 'eventual'] as const;
const modes = ['fast', 'wait'] as const;
const fallbacks = ['primary', 'fail'] as const;

/**
 * What a request's reads see of its writes. `causal`: all of them, wherever they are answered. `sticky`: it reads from the
 * primary for a while. `eventual`: it may not see them, unless it asks by a token.
 */
export type Consistency = (typeof consistencies)[number];

/** Options of `readWriteSplit()`. Durations are in milliseconds. */
export interface ReadWriteSplitOptions {
  /** Default `causal`. */
  readonly consistency?: Consistency;
  /**
   * With `causal`, when the chosen replica has not replayed what must be seen: `fast` (default) asks the primary, `wait`
   * waits for the replica first, for `waitMs`.
   */
  readonly mode?: (typeof modes)[number];
  /** For how long in all after a write, or from when a token is given on. Default 500. */
  readonly waitMs?: number;
  /** With `sticky`, or without log positions: how long after its last write a request reads from the primary. Default 2,000. */
  readonly stickyMs?: number;
  /** How a replica is chosen, by name or by a function. Default `latency`. */
  readonly balance?: Balance;
  /** The weights of replicas by name, compared to each other. Default 1 each. */
  readonly weights?: Readonly<Record<string, number>>;
  /** A replica that is further behind is out. `Infinity`: lag is not looked at. Default 5,000. */
  readonly maxLagMs?: number;
  /** While the primary is down replicas answer for that long after they were last known to be current. Default 600,000. */
  readonly maxStalenessMs?: number;
  /** Defaults: every 1,000, unanswered after 1,000, out after 3 of those. */
  readonly probe?: Partial<ProbeOptions>;
  /** Defaults: 2 times, a probe after 500. `false`: never. */
  readonly retry?: Partial<RetryOptions> | false;
  /** Defaults: out for 5,000 to 60,000, back after 2 good probes, with a share that grows for 30,000. */
  readonly eject?: Partial<EjectOptions>;
  /** Who answers when no replica does: `primary` (default), or nobody. */
  readonly fallback?: (typeof fallbacks)[number];
  /** How many reads may run on the primary for want of replicas at once; the others wait. Default 10. */
  readonly fallbackLimit?: number;
  /** After which a connection to a replica that is not made counts as failed. Default 1,000. */
  readonly connectTimeoutMs?: number;
  /** Whether transactions begun with `readOnly: true` go to a replica everywhere, not only inside `read()`. Default false. */
  readonly readOnlyTransactions?: boolean;
  /** Functions of the database that are to run on the primary, because a `select` of them has effects. Default none. */
  readonly primaryFunctions?: readonly string[];
  /** What applies on MongoDB. */
  readonly mongo?: MongoOptions;
  /** Kill switch, also at run time: `getReadWriteSplit(orm).enabled = false`. Default true. */
  readonly enabled?: boolean;
}

/** The options with their defaults. */
export interface ResolvedOptions extends Required<ReadWriteSplitOptions> {
  readonly probe: ProbeOptions;
  readonly retry: RetryOptions;
  readonly eject: EjectOptions;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const PROBE: ProbeOptions = { intervalMs: 1_000, timeoutMs: 1_000, silences: 3 };
const RETRY: RetryOptions = { times: Infinity, deadlineMs: 500 };
const EJECT: EjectOptions = { minMs: 5_000, maxMs: 60_000, successes: 2, rampMs: 30_000 };

/** The options with their defaults. @throws ReadWriteSplitError `INVALID_OPTION` */
export function resolveOptions(options: ReadWriteSplitOptions): ResolvedOptions {
  const resolved: ResolvedOptions = {
    consistency: 'causal',
    mode: 'fast',
    waitMs: 500,
    stickyMs: 2_000,
    balance: 'latency',
    weights: {},
    maxLagMs: 5_000,
    maxStalenessMs: 600_000,
    fallback: 'primary',
    fallbackLimit: 10,
    connectTimeoutMs: 1_000,
    readOnlyTransactions: false,
    primaryFunctions: [],
    mongo: {},
    enabled: true,
    ...given(options),
    probe: { ...PROBE, ...given(options.probe ?? {}) },
    retry: options.retry === false ? { ...RETRY, times: 0 } : { ...RETRY, ...given(options.retry ?? {}) },
    eject: { ...EJECT, ...given(options.eject ?? {}) },
  };
  check(resolved);
  return resolved;
}

/** An option that is undefined was not given. */
function given<T extends object>(options: T): Partial<T> {
  const set: Partial<T> = { ...options };
  for (const key in set) if (set[key] === undefined) delete set[key];
  return set;
}

function check(options: ResolvedOptions): void {
  requireOneOf('consistency', options.consistency, consistencies);
  requireOneOf('mode', options.mode, modes);
  if (typeof options.balance !== 'function') requireOneOf('balance', options.balance, balanceNames);
  requireOneOf('fallback', options.fallback, fallbacks);
  const { probe, retry, eject } = options;
  for (const name of ['waitMs', 'stickyMs', 'maxLagMs', 'maxStalenessMs'] as const) atLeast(name, options[name], 0);
  atLeast('connectTimeoutMs', options.connectTimeoutMs, 1, LONGEST_TIMER_MS);
  atLeast('fallbackLimit', options.fallbackLimit, 1);
  atLeast('probe.intervalMs', probe.intervalMs, 1, LONGEST_TIMER_MS);
  atLeast('probe.timeoutMs', probe.timeoutMs, 1, LONGEST_TIMER_MS);
  atLeast('probe.silences', probe.silences, 1);
  atLeast('retry.times', retry.times, 0);
  atLeast('retry.deadlineMs', retry.deadlineMs, 1);
  atLeast('eject.minMs', eject.minMs, 0);
  atLeast('eject.maxMs', eject.maxMs, eject.minMs);
  atLeast('eject.successes', eject.successes, 1);
  atLeast('eject.rampMs', eject.rampMs, 0);
  for (const [node, weight] of Object.entries(options.weights)) {
    if (!(weight > 0 && weight < Infinity)) throw invalid(`weights.${node} must be above zero, not ${weight}.`);
  }
}

function atLeast(option: string, value: number, least: number, most = Infinity): void {
  if (typeof value === 'number' && value >= least && value <= most) return;
  const what = most === Infinity ? `${least} or more` : `from ${least} to ${most}`;
  throw invalid(`${option} must be ${what}, not ${value}.`);
}

// For callers whose options come from a file: the types already say so.
function requireOneOf(option: string, value: string, known: readonly string[]): void {
  const choices = known.map(choice => `'${choice}'`).join(' or ');
  if (!known.includes(value)) throw invalid(`${option} must be ${choices}, not '${value}'.`);
}

function invalid(message: string): ReadWriteSplitError {
  return new ReadWriteSplitError('INVALID_OPTION', message);
}
