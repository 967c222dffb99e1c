import type { Ask } from '../../positions/log-positions.ts';

/** What a node says of its replication, beside where it stands. */
export interface Vitals {
  /** Whether changes arrive. `unknown` when it does not say, or may not: see {@link Vitals.missing}. */
  readonly replicates: 'yes' | 'no' | 'unknown';
  /** Whether the node is set up as a replica, which one that also takes writes may be. */
  readonly isFollower: boolean;
  /** Of a primary, how often its history was forked by promotions; higher is newer. */
  readonly timeline?: number;
  /** The server's own word on its lag, for when positions tell nothing. */
  readonly behindMs?: number;
  /** How old the last transaction is that a standby has replayed: lag only if it is known to be behind. */
  readonly replayedMsAgo?: number;
  /** A right that the account lacks to tell more. */
  readonly missing?: string;
}

/** Asks a node for its vitals. Rejects when there is no answer. */
export type ExamineVitals = (ask: Ask) => Promise<Vitals>;

/** The privileges of a replica's account by which its writes pass `read_only`; undefined when there are none. */
export type FindPrivilege = (ask: Ask) => Promise<string | undefined>;
