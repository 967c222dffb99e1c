import { EXPIRATION_MS, MAX_STALE_MS, type ModeName } from '../mode.ts';
import type { Outages } from './outages.ts';
import type { Staleness } from './staleness.ts';

/** `tolerated`: the mode does not promise better. */
export type Verdict =
  | { readonly kind: 'tolerated'; readonly ageMs: number }
  | { readonly kind: 'broken'; readonly promise: string };

/** Whether what a read saw breaks the promise of the mode. */
export function verdictOn({ missed }: Staleness, startedAt: number, mode: ModeName, outages: Outages): Verdict {
  if (!missed) return broken('it never was that');
  const ageMs = startedAt - missed.acknowledgedAt;
  if (mode === 'refuse') return broken('nothing is stale');
  if (mode === 'bounded') {
    return ageMs <= MAX_STALE_MS ? { kind: 'tolerated', ageMs } : broken(`nothing is older than ${MAX_STALE_MS} ms`);
  }
  if (missed.isTold && !outages.excuse(missed, startedAt)) return broken('nothing is stale while Redis is reachable');
  return ageMs <= EXPIRATION_MS ? { kind: 'tolerated', ageMs } : broken(`an entry expires after ${EXPIRATION_MS} ms`);
}

function broken(promise: string): Verdict {
  return { kind: 'broken', promise };
}
