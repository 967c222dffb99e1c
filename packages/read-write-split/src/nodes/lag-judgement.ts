import type { NodeStanding } from '../positions/log-positions.ts';
import type { LagRing } from './lag-ring.ts';
import type { OutReason } from './node-state.ts';
import type { Vitals } from './vitals/vitals.ts';

/** What a probe found. */
export interface Findings {
  readonly standing: NodeStanding;
  readonly vitals: Vitals;
  /** What all nodes of its cluster have in common, where servers have such a thing: PostgreSQL's system identifier. */
  readonly cluster?: string | undefined;
}

/** A replica's lag in milliseconds; `unknown` when nothing replicates to it, or nothing tells. */
export function lagOf({ standing, vitals }: Findings, ring: LagRing): number | 'unknown' {
  if (vitals.replicates === 'no') return 'unknown';
  if (standing.position && !ring.isEmpty) return Math.round(ring.lagMs(standing.position));
  return vitals.behindMs ?? 'unknown';
}

/** What speaks against a replica that answers. */
export interface Fault {
  readonly reason: OutReason;
  readonly why: string;
}

/** What is asked of replicas, in milliseconds. */
export interface LagLimits {
  readonly maxLagMs: number;
  /** The same while the primary is down, counted from when it last told its position. */
  readonly maxStalenessMs: number;
}

/** Where the primary stands while a replica is judged. */
export interface PrimaryNews {
  readonly isDown: boolean;
  /** How long ago it last told its position. */
  readonly ageMs: number;
}

/**
 * Why a replica with this lag should not answer. Without a primary nothing can be behind it, and nothing can replicate:
 * then all that counts is how long ago the replica was known to be current.
 */
export function lagFault(
  lagMs: number | 'unknown',
  { vitals }: Findings,
  { maxLagMs, maxStalenessMs }: LagLimits,
  primary: PrimaryNews,
): Fault | undefined {
  if (maxLagMs === Infinity) return undefined;
  if (primary.isDown) {
    const staleMs = primary.ageMs + (lagMs === 'unknown' ? 0 : lagMs);
    const why = `the primary is down, and it was last current ${Math.round(staleMs / 1_000)} s ago`;
    return staleMs > maxStalenessMs ? { reason: 'stale', why } : undefined;
  }
  if (vitals.replicates === 'no')
    return { reason: 'not replicating', why: 'it receives no changes, so its lag is unknown' };
  if (lagMs === 'unknown' || lagMs <= maxLagMs) return undefined;
  return { reason: 'lagging', why: `${lagMs} ms behind, more than ${maxLagMs} ms` };
}
