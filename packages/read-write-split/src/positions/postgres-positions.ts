import { answerOf } from './answer.ts';
import type { LogPosition, LogPositions, NodeStanding } from './log-positions.ts';

/**
 * The insert position also holds a commit with `synchronous_commit = off`, which the flushed one does not. The name of
 * the file that a primary writes holds its timeline, from the moment of its promotion.
 */
const POSITION = `
  pg_is_in_recovery() as replica,
  (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end)::text as lsn,
  case when not pg_is_in_recovery() then ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
    end as writes`;
/**
 * The timeline that a standby receives is for members of `pg_monitor` to see. The control file, which everybody may see,
 * names a new timeline at the standby's next restart point: until then it stands on the old one.
 */
const EVERYTHING = `${POSITION},
  case when pg_is_in_recovery() then coalesce((select received_tli from pg_stat_wal_receiver),
    (select greatest(min_recovery_end_timeline, timeline_id) from pg_control_recovery(), pg_control_checkpoint()))
    end as follows,
  (select system_identifier::text from pg_control_system()) as system`;

/** Log sequence numbers with their timeline. A standby that cannot say its position has none. */
export const postgresPositions: LogPositions = {
  product: 'postgres',
  async standing(ask, known) {
    if (!known) return readStanding(answerOf(await ask(`select ${EVERYTHING}`)));
    const { replica, lsn, writes } = answerOf(await ask(`select ${POSITION}`));
    if (roleOf(replica) !== known.role) return this.standing(ask);
    const timeline = known.position instanceof PostgresPosition ? known.position.timeline : undefined;
    return { ...known, position: positionOf(writes ?? timeline, lsn) };
  },
  parse: text => PostgresPosition.parse(text),
};

function readStanding({ replica, lsn, writes, follows, system }: Readonly<Record<string, unknown>>): NodeStanding {
  const origin = String(system);
  return { role: roleOf(replica), position: positionOf(writes ?? follows, lsn), origin, origins: new Set([origin]) };
}

function roleOf(replica: unknown): NodeStanding['role'] {
  return replica === true ? 'replica' : 'primary';
}

function positionOf(timeline: unknown, lsn: unknown): PostgresPosition | undefined {
  return PostgresPosition.parse(`${String(timeline)}/${String(lsn)}`);
}

/** Written as `1/16/B374D848`: the timeline, then the LSN as the server writes it. */
class PostgresPosition implements LogPosition {
  readonly timeline: number;
  readonly #lsn: bigint;

  constructor(timeline: number, lsn: bigint) {
    this.timeline = timeline;
    this.#lsn = lsn;
  }

  static parse(text: string): PostgresPosition | undefined {
    const [, timeline = '', high = '', low = ''] = /^(\d{1,10})\/([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/.exec(text) ?? [];
    if (Number(timeline) === 0) return undefined;
    return new PostgresPosition(Number(timeline), (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`));
  }

  covers(wanted: LogPosition): boolean {
    return wanted instanceof PostgresPosition && this.timeline === wanted.timeline && this.#lsn >= wanted.#lsn;
  }

  /** Of two timelines the later one began where the earlier one ended; its positions are the ones to reach. */
  and(other: LogPosition): LogPosition {
    if (!(other instanceof PostgresPosition)) return this;
    if (this.timeline !== other.timeline) return this.timeline > other.timeline ? this : other;
    return this.#lsn >= other.#lsn ? this : other;
  }

  /** All of an earlier timeline that survived lies before the first position of the later one. */
  carriedBy(primary: LogPosition): LogPosition {
    return primary instanceof PostgresPosition && primary.timeline > this.timeline ? primary : this;
  }

  toString(): string {
    const high = (this.#lsn >> 32n).toString(16).toUpperCase();
    const low = (this.#lsn & 0xffff_ffffn).toString(16).toUpperCase();
    return `${this.timeline}/${high}/${low}`;
  }
}
