import { answerOf } from './answer.ts';
import type { LogPosition, LogPositions } from './log-positions.ts';

/** The insert position also holds a commit with `synchronous_commit = off`, which the flushed one does not. */
const POSITION = `
  pg_is_in_recovery() as replica,
  (case when pg_is_in_recovery() then pg_last_wal_replay_lsn() else pg_current_wal_insert_lsn() end)::text as lsn`;
/**
 * The timeline: of the name of the file that a primary writes, which is right from the moment of its promotion; of a
 * standby, the one that it receives. Only members of `pg_monitor` may see that one. The control file, which everybody
 * may see, names the new timeline at the standby's next restart point: until then it stands on the old one.
 */
const EVERYTHING = `${POSITION},
  case when pg_is_in_recovery()
    then coalesce((select received_tli from pg_stat_wal_receiver),
                  (select greatest(min_recovery_end_timeline, timeline_id) from pg_control_recovery(), pg_control_checkpoint()))
    else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int
  end as timeline,
  (select system_identifier::text from pg_control_system()) as system`;

/** Log sequence numbers with their timeline. A standby that cannot say its position has none. */
export const postgresPositions: LogPositions = {
  product: 'postgres',
  async standing(ask, known) {
    if (known?.role === 'replica' && known.position instanceof PostgresPosition) {
      const { replica, lsn } = answerOf(await ask(`select ${POSITION}`));
      if (replica === true)
        return { ...known, position: PostgresPosition.parse(`${known.position.timeline}/${String(lsn)}`) };
    }
    const { replica, lsn, timeline, system } = answerOf(await ask(`select ${EVERYTHING}`));
    const origin = String(system);
    const position = PostgresPosition.parse(`${String(timeline)}/${String(lsn)}`);
    return { role: replica === true ? 'replica' : 'primary', position, origin, origins: new Set([origin]) };
  },
  parse: text => PostgresPosition.parse(text),
};

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
