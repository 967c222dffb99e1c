import type { ResultCacheOptions } from '@mikro-kit/result-cache';

import type { FaultName } from './faults/faults.ts';

export type ModeName = 'proceed' | 'refuse' | 'bounded';

/** What the cache is told to promise, how Redis runs, and what may happen to it. */
export interface Mode {
  readonly name: ModeName;
  readonly summary: string;
  readonly cache: Pick<ResultCacheOptions, 'consistency' | 'onUnreachable' | 'maxStaleMs'>;
  readonly redis: 'single' | 'sentinel';
  /** In turn; workers are killed beside it. */
  readonly faults: readonly FaultName[];
}

/** How long an entry may be served when nobody tells that it is old, in milliseconds. */
export const EXPIRATION_MS = 10_000;

/** How old what `bounded` serves may be, in milliseconds. */
export const MAX_STALE_MS = 1_000;

/** The modes, by name. */
export const modes: Readonly<Record<ModeName, Mode>> = {
  refuse: {
    name: 'refuse',
    summary: 'strict, and no write of which the store cannot be told: no read is stale',
    cache: { consistency: 'strict', onUnreachable: 'refuse' },
    redis: 'single',
    faults: ['restarted', 'out of reach of one', 'paused'],
  },
  proceed: {
    name: 'proceed',
    summary: 'strict while Redis is reachable: no query fails, what is stale in an outage expires',
    cache: { consistency: 'strict', onUnreachable: 'proceed' },
    redis: 'sentinel',
    faults: ['restarted', 'out of reach of one', 'paused', 'failed over'],
  },
  bounded: {
    name: 'bounded',
    summary: `what is in memory is trusted for ${MAX_STALE_MS} ms: nothing is older than that`,
    cache: { consistency: 'bounded', onUnreachable: 'refuse', maxStaleMs: MAX_STALE_MS },
    redis: 'sentinel',
    faults: ['restarted', 'out of reach of one', 'paused', 'failed over'],
  },
};

export const modeNames: readonly ModeName[] = ['proceed', 'refuse', 'bounded'];

export function isModeName(name: string): name is ModeName {
  return Object.hasOwn(modes, name);
}
