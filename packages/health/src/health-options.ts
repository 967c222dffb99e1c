import { HealthError } from './health-error.ts';

/** Options of `health()`. Durations are in milliseconds. */
export interface HealthOptions {
  /** How long each check may take before it counts as down. Default 1,000. */
  readonly timeoutMs?: number;
  /** Pause between two periodic rounds, counted from the end of one. Default 10,000. */
  readonly intervalMs?: number;
  /** Kill switch, also at run time: `getHealth(orm).enabled = false`. Default true. */
  readonly enabled?: boolean;
}

/** Options of `add()`. */
export interface CheckOptions {
  /** The deadline of this check, in milliseconds. Default: that of `health()`. */
  readonly timeoutMs?: number;
  /** Whether the application must not receive traffic while this check is down. Default true; else it is degraded. */
  readonly critical?: boolean;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The options with their defaults. @throws HealthError `INVALID_OPTION` */
export function resolveOptions(options: HealthOptions): Required<HealthOptions> {
  const { timeoutMs = 1_000, intervalMs = 10_000, enabled = true } = options;
  return { timeoutMs: duration('timeoutMs', timeoutMs), intervalMs: duration('intervalMs', intervalMs), enabled };
}

/** The value itself. @throws HealthError `INVALID_OPTION` when no timer can last that long */
export function duration(option: string, ms: number): number {
  if (ms > 0 && ms <= LONGEST_TIMER_MS) return ms;
  throw new HealthError('INVALID_OPTION', `${option} must be a positive number of milliseconds, not ${ms}.`);
}
