import type { NodeStanding } from '../positions/log-positions.ts';
import type { LagRing } from './lag-ring.ts';
import type { OutReason } from './node-state.ts';
import type { Vitals } from './vitals/vitals.ts';

/** What nodes of one cluster have in common at least a part of. */
export type Cluster = ReadonlySet<string>;

/** What a probe found. */
export interface Findings {
  readonly standing: NodeStanding;
  readonly vitals: Vitals;
  /** PostgreSQL: the system identifier. MySQL: the servers whose transactions it has. MariaDB has no such thing. */
  readonly cluster?: Cluster | undefined;
}

/**
 * A replica's lag in milliseconds; `unknown` when nothing replicates to it, or nothing tells. Of one that was behind
 * before the first sample, the server's own word counts if it is more.
 */
export function lagOf({ standing: { position }, vitals }: Findings, ring: LagRing): number | 'unknown' {
  if (vitals.replicates === 'no') return 'unknown';
  if (!position || ring.isEmpty) return vitals.behindMs ?? 'unknown';
  const lagMs = ring.lagMs(position);
  const { behindMs = 0, replayedMsAgo = behindMs } = vitals;
  return Math.round(ring.isBefore(position) ? Math.max(lagMs, replayedMsAgo) : lagMs);
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
