import type { ResolvedOptions } from '../read-write-split-options.ts';
import { ANYTHING, type Consistency } from '../route/consistency.ts';
import { Causal, type CausalOptions, type LocatedNodes } from './causal.ts';

/** Beyond this no replica may be behind and still answer, with the `maxLagMs` of 5,000; what is older is not looked at. */
const REMEMBER_MS = 60_000;
const MOST_REMEMBER_MS = 3_600_000;

/** What sessions must see, by the options. */
export function causalOf(
  { consistency, mode, waitMs, stickyMs, maxLagMs }: ResolvedOptions,
  nodes: LocatedNodes,
  positions: CausalOptions['positions'],
  warn: (message: string) => void,
): Causal {
  const what = positions === 'mysql' ? 'the server writes no log of GTIDs' : 'the database keeps no log positions';
  const sayDegraded = (): void =>
    warn(`consistency 'causal' goes by time, as 'sticky' does, for ${stickyMs} ms after a write: ${what}.`);
  return new Causal(nodes, {
    positions: consistency === 'sticky' ? undefined : positions,
    waitMs: mode === 'wait' ? waitMs : 0,
    stickyMs,
    yieldsToRead: consistency === 'sticky',
    rememberMs: Math.min(MOST_REMEMBER_MS, Math.max(REMEMBER_MS, 2 * maxLagMs)),
    warn: consistency === 'causal' ? sayDegraded : () => undefined,
  });
}

/** What reads must see: with `eventual` only what a token tells of. */
export function consistencyOf({ consistency }: ResolvedOptions, causal: Causal): Consistency {
  if (consistency !== 'eventual') return causal;
  return {
    demand: reader => (causal.sessions.isOpen ? causal.demand(reader) : ANYTHING),
    wrote: (reader, place) => causal.wrote(reader, place),
  };
}
