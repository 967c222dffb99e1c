import { setTimeout as delay } from 'node:timers/promises';

import { Timestamp } from 'bson';

import type { Backend } from './backend.ts';
import { codes, Failure } from './failure.ts';

/** What a member of the replica set is now. */
export interface NodeState {
  isSecondary: boolean;
  /** Rises with every promotion: PostgreSQL's timeline. */
  term: number;
  /** The end of the log that it has written, or replayed, as a MongoDB time. */
  position: Timestamp;
  /** When the last change that it shows was committed. */
  lastWrite: Date;
}

/** A log position as MongoDB's time: both are 64 bits, only grow, and mean the same on every member. */
const positionSql = `pg_wal_lsn_diff(
  case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_flush_lsn() end, '0/0')::text`;

const stateSql = `select pg_is_in_recovery() as "isSecondary", ${positionSql} as position,
  case when pg_is_in_recovery() then (select max(received_tli) from pg_stat_wal_receiver)
    else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as term,
  case when pg_is_in_recovery() then pg_last_xact_replay_timestamp()
    else (select timestamp from pg_last_committed_xact()) end as "lastWrite"`;

interface StateRow {
  isSecondary: boolean;
  position: string;
  term: number | null;
  lastWrite: Date | null;
}

/** Asks the member's PostgreSQL what it is. */
export async function nodeState({ pool }: Backend): Promise<NodeState> {
  const { rows } = await pool.query<StateRow>(stateSql);
  const [row] = rows;
  if (!row) throw new RangeError('no state');
  return {
    isSecondary: row.isSecondary,
    term: row.term ?? 0,
    position: asTimestamp(row.position),
    lastWrite: row.lastWrite ?? new Date(0),
  };
}

/** The position that a client must see later to see what it has seen now. */
export async function position({ pool }: Backend): Promise<Timestamp> {
  const { rows } = await pool.query<{ position: string }>(`select ${positionSql} as position`);
  return asTimestamp(rows[0]?.position ?? '0');
}

/**
 * Waits until a member shows everything up to a position, as `readConcern: { afterClusterTime }` asks.
 *
 * @param limitMs default 10,000.
 * @throws {Failure} MaxTimeMSExpired.
 */
export async function reach(backend: Backend, wanted: Timestamp, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs;
  while ((await position(backend)).lessThan(wanted)) {
    if (performance.now() > end)
      throw new Failure(codes.maxTimeExpired, `did not reach the position asked for in ${limitMs} ms`);
    await delay(5);
  }
}

function asTimestamp(lsn: string): Timestamp {
  return Timestamp.fromString(lsn, 10);
}
