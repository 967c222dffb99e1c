import { answerOf } from './answer.ts';
import type { LogPosition, LogPositions } from './log-positions.ts';

const POSITION = `
  @@global.gtid_slave_pos as replayed, @@global.gtid_binlog_pos as written, @@global.read_only as replica`;
/** Older servers have no `server_uid`, and asking for a variable that is not there is an error. */
const EVERYTHING = `${POSITION},
  (select variable_value from information_schema.global_variables where variable_name = 'SERVER_UID') as server`;

/**
 * Global transaction ids, one for each replication domain, which need the binary log. Not for Galera, whose nodes are
 * all primaries.
 */
export const mariadbPositions: LogPositions = {
  product: 'mariadb',
  async standing(ask, known) {
    const { replayed, written, replica, server } = answerOf(await ask(`select ${known ? POSITION : EVERYTHING}`));
    const isReplica = Number(replica) !== 0;
    // A replica's binary log runs ahead of what its reads see.
    const position = MariadbPosition.parse(String(isReplica ? replayed : written));
    const role = isReplica ? 'replica' : 'primary';
    if (known) return { ...known, role, position };
    const origin = typeof server === 'string' ? server : undefined;
    return { role, position, origin, origins: new Set(origin ? [origin] : []) };
  },
  parse: text => MariadbPosition.parse(text),
};

/** The last transaction of a domain: the server that wrote it, and its number, which counts up in the domain. */
interface Gtid {
  readonly server: number;
  readonly sequence: number;
}

/** Written as `0-1-270,1-2-12`: domain, server and number, of each domain. */
class MariadbPosition implements LogPosition {
  readonly #domains: ReadonlyMap<number, Gtid>;

  constructor(domains: ReadonlyMap<number, Gtid>) {
    this.#domains = domains;
  }

  static parse(text: string): MariadbPosition | undefined {
    const domains = new Map<number, Gtid>();
    for (const part of text.split(',')) {
      const [, domain, server, sequence] = /^\s*(\d{1,10})-(\d{1,10})-(\d{1,16})\s*$/.exec(part) ?? [];
      if (sequence === undefined || !Number.isSafeInteger(Number(sequence))) return undefined;
      domains.set(Number(domain), { server: Number(server), sequence: Number(sequence) });
    }
    return new MariadbPosition(domains);
  }

  /** Another server has written since only after a promotion, which may have lost what is wanted. */
  covers(wanted: LogPosition): boolean {
    if (!(wanted instanceof MariadbPosition)) return false;
    return [...wanted.#domains].every(([domain, { server, sequence }]) => {
      const own = this.#domains.get(domain);
      return own !== undefined && own.server === server && own.sequence >= sequence;
    });
  }

  and(other: LogPosition): LogPosition {
    return other instanceof MariadbPosition ? this.#with(other, isLater) : this;
  }

  /** What survived of a domain has a lower number than what its next server wrote. */
  carriedBy(primary: LogPosition): LogPosition {
    if (!(primary instanceof MariadbPosition)) return this;
    const known = new Map([...primary.#domains].filter(([domain]) => this.#domains.has(domain)));
    return this.#with(new MariadbPosition(known), isFork);
  }

  toString(): string {
    return [...this.#domains].map(([domain, { server, sequence }]) => `${domain}-${server}-${sequence}`).join(',');
  }

  #with(other: MariadbPosition, isBetter: (own: Gtid, theirs: Gtid) => boolean): MariadbPosition {
    const domains = new Map(this.#domains);
    for (const [domain, theirs] of other.#domains) {
      const own = domains.get(domain);
      if (!own || isBetter(own, theirs)) domains.set(domain, theirs);
    }
    return new MariadbPosition(domains);
  }
}

function isLater(own: Gtid, theirs: Gtid): boolean {
  return theirs.sequence > own.sequence;
}

/** Another server writes on in the domain. */
function isFork(own: Gtid, theirs: Gtid): boolean {
  return own.server !== theirs.server && theirs.sequence >= own.sequence;
}
