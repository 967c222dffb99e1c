import { answerOf } from './answer.ts';
import { GtidSet } from './gtid-set.ts';
import type { LogPosition, LogPositions } from './log-positions.ts';

/** A server whose GTIDs were turned off keeps the old ones. Replicas that share the primary's storage are read-only by `innodb_read_only` alone. */
const STANDING = `
  select if(@@global.gtid_mode in ('ON', 'ON_PERMISSIVE'), @@global.gtid_executed, '') as executed, @@global.read_only or @@global.innodb_read_only as replica,
    @@server_uuid as server`;
/** What one session writes lies close together; this keeps the position of one that never ends small. */
const MAX_INTERVALS = 8;

/** Sets of global transaction ids, which need `gtid_mode=ON`: without, a server has no position. */
export const mysqlPositions: LogPositions = {
  product: 'mysql',
  async standing(ask) {
    const { executed, replica, server } = answerOf(await ask(STANDING));
    const origin = String(server).toLowerCase();
    const all = GtidSet.parse(String(executed));
    const origins = new Set([origin, ...(all?.servers ?? [])]);
    if (!all || all.isEmpty) return { role: roleOf(replica), position: undefined, origin, origins };
    // Of a primary's own part more is under way; all of another one's may be newer, and be missing on a replica.
    const written = Number(replica) === 0 ? all.union(all.of(origin).withFewIntervals(MAX_INTERVALS)) : all;
    return { role: roleOf(replica), position: new MysqlPosition(written), origin, origins };
  },
  parse(text) {
    const set = GtidSet.parse(text);
    return set && !set.isEmpty ? new MysqlPosition(set) : undefined;
  },
};

function roleOf(readOnly: unknown): 'primary' | 'replica' {
  return Number(readOnly) === 0 ? 'primary' : 'replica';
}

class MysqlPosition implements LogPosition {
  readonly #set: GtidSet;

  constructor(set: GtidSet) {
    this.#set = set;
  }

  covers(wanted: LogPosition): boolean {
    return wanted instanceof MysqlPosition && this.#set.includes(wanted.#set);
  }

  and(other: LogPosition): LogPosition {
    if (!(other instanceof MysqlPosition)) return this;
    return new MysqlPosition(this.#set.union(other.#set).withFewIntervals(MAX_INTERVALS));
  }

  /** A set names its transactions whoever writes next; one that was lost is on no node. */
  carriedBy(): LogPosition {
    return this;
  }

  toString(): string {
    return this.#set.toString();
  }
}
