import { type Balance, balanceNames } from './balance/balancer-of.ts';
import type { MongoOptions } from './mongo/mongo-options.ts';
import type { ProbeOptions } from './nodes/monitor.ts';
import type { EjectOptions } from './nodes/node-state.ts';
import { invalid, requireBoolean, requireKnown, requireNumber, requireOneOf } from './option-checks.ts';
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
const DEFAULTS: ResolvedOptions = {
  consistency: 'causal',
  mode: 'fast',
  waitMs: 500,
  stickyMs: 2_000,
  balance: 'latency',
  weights: {},
  maxLagMs: 5_000,
  maxStalenessMs: 600_000,
  probe: { intervalMs: 1_000, timeoutMs: 1_000, silences: 3 },
  retry: { times: Infinity, deadlineMs: 500 },
  eject: { minMs: 5_000, maxMs: 60_000, successes: 2, rampMs: 30_000 },
  fallback: 'primary',
  fallbackLimit: 10,
  connectTimeoutMs: 1_000,
  readOnlyTransactions: false,
  primaryFunctions: [],
  mongo: {},
  enabled: true,
};

/** The options with their defaults. @throws ReadWriteSplitError `INVALID_OPTION` */
export function resolveOptions(options: ReadWriteSplitOptions): ResolvedOptions {
  requireKnown('', options, Object.keys(DEFAULTS));
  const { probe = {}, retry = {}, eject = {}, ...others } = options;
  const resolved: ResolvedOptions = {
    ...DEFAULTS,
    ...given(others),
    probe: filled('probe', probe, DEFAULTS.probe),
    retry: retry === false ? { ...DEFAULTS.retry, times: 0 } : filled('retry', retry, DEFAULTS.retry),
    eject: filled('eject', eject, DEFAULTS.eject),
  };
  check(resolved);
  return resolved;
}

function filled<T extends object>(name: string, options: Partial<T>, defaults: T): T {
  requireKnown(name, options, Object.keys(defaults));
  return { ...defaults, ...given(options) };
}

/** An option that is undefined was not given. */
function given<T extends object>(options: T): Partial<T> {
  const set: Partial<T> = { ...options };
  for (const key in set) if (set[key] === undefined) delete set[key];
  return set;
}

// For callers whose options come from a file, too: the types already say so.
function check(options: ResolvedOptions): void {
  requireOneOf('consistency', options.consistency, consistencies);
  requireOneOf('mode', options.mode, modes);
  if (typeof options.balance !== 'function') requireOneOf('balance', options.balance, balanceNames);
  requireOneOf('fallback', options.fallback, fallbacks);
  requireBoolean('readOnlyTransactions', options.readOnlyTransactions);
  requireBoolean('enabled', options.enabled);
  for (const name of ['waitMs', 'stickyMs', 'maxLagMs', 'maxStalenessMs'] as const) {
    requireNumber(name, options[name], 0);
  }
  requireNumber('connectTimeoutMs', options.connectTimeoutMs, 1, LONGEST_TIMER_MS);
  requireNumber('fallbackLimit', options.fallbackLimit, 1);
  checkGroups(options);
  const { primaryFunctions, weights } = options;
  if (!Array.isArray(primaryFunctions) || primaryFunctions.some(name => typeof name !== 'string')) {
    throw invalid('primaryFunctions must be a list of names.');
  }
  if (typeof weights !== 'object' || weights === null) throw invalid('weights must be an object of numbers by name.');
  for (const [node, weight] of Object.entries(weights)) {
    if (typeof weight === 'number' && weight > 0 && weight < Infinity) continue;
    throw invalid(
      `weights.${node} must be a number above zero, not ${weight}; leave a replica out of \`replicas\` to give it nothing.`,
    );
  }
}

function checkGroups({ probe, retry, eject }: ResolvedOptions): void {
  requireNumber('probe.intervalMs', probe.intervalMs, 1, LONGEST_TIMER_MS);
  requireNumber('probe.timeoutMs', probe.timeoutMs, 1, LONGEST_TIMER_MS);
  requireNumber('probe.silences', probe.silences, 1);
  requireNumber('retry.times', retry.times, 0);
  requireNumber('retry.deadlineMs', retry.deadlineMs, 1);
  requireNumber('eject.minMs', eject.minMs, 0);
  requireNumber('eject.maxMs', eject.maxMs, eject.minMs);
  requireNumber('eject.successes', eject.successes, 1);
  requireNumber('eject.rampMs', eject.rampMs, 0);
}
