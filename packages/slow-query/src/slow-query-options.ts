import type { EventListener } from '@mikro-kit/statement-tap';

import { SlowQueryError } from './slow-query-error.ts';
import type { SlowStatement } from './slow-statement.ts';

/** Options of {@link slowQuery}. */
export interface SlowQueryOptions {
  /** From how many milliseconds on a statement is slow; the wait for a connection does not count. Default 100. */
  readonly thresholdMs?: number;
  /** Whether it watches from the start; see `SlowQueries.enabled`. Default true. */
  readonly enabled?: boolean;
  /** How many fingerprints are told apart, about 4.5 KB each; further ones are added up as `others`. Default 1,000. */
  readonly maxFingerprints?: number;
  /** How many different keys, read one by one in one EntityManager, make an N+1. Default 5. */
  readonly nPlusOneAt?: number;
  /** A first listener of `slow`. */
  readonly onSlow?: EventListener<SlowStatement>;
}

/** Options with their defaults, checked. */
export interface SlowQuerySettings {
  readonly thresholdMs: number;
  readonly enabled: boolean;
  readonly maxFingerprints: number;
  readonly nPlusOneAt: number;
}

/** Throws {@link SlowQueryError} `INVALID_OPTION` for a number out of its range. */
export function settingsOf(options: SlowQueryOptions): SlowQuerySettings {
  const { thresholdMs = 100, enabled = true, maxFingerprints = 1_000, nPlusOneAt = 5 } = options;
  if (!(thresholdMs >= 0)) throw outOfRange('thresholdMs', thresholdMs, 'a number of milliseconds, 0 or more');
  requireInteger('maxFingerprints', maxFingerprints, 1);
  requireInteger('nPlusOneAt', nPlusOneAt, 2);
  return { thresholdMs, enabled, maxFingerprints, nPlusOneAt };
}

function requireInteger(option: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) throw outOfRange(option, value, `a whole number, ${least} or more`);
}

function outOfRange(option: string, value: number, range: string): SlowQueryError {
  return new SlowQueryError('INVALID_OPTION', `slowQuery: ${option} is ${value}; it must be ${range}.`, option);
}
