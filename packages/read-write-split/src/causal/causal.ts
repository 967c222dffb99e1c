import type { LogPosition } from '../positions/log-positions.ts';
import { mariadbPositions } from '../positions/mariadb-positions.ts';
import { mongoPositions } from '../positions/mongo-positions.ts';
import { mysqlPositions } from '../positions/mysql-positions.ts';
import type { NodeProgress } from '../positions/node-progress.ts';
import { ReadWriteSplitError } from '../read-write-split-error.ts';
import { ANYTHING, type Consistency, type Demand } from '../route/consistency.ts';
import type { Seen, Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { decodeToken, encodeToken, type TokenContent, type TokenProduct } from './token.ts';
import { within } from './within.ts';

/** A node whose log position can be told. */
export interface LocatedNode {
  readonly name: string;
  readonly progress: NodeProgress;
}

/** The nodes of one ORM. */
export interface LocatedNodes {
  /** The node that takes writes now. */
  readonly primary: LocatedNode;
  readonly replicas: readonly LocatedNode[];
}

/** Options of {@link Causal}. Durations in milliseconds. */
export interface CausalOptions {
  /** Whose positions, `mysql` for those of MariaDB, too; undefined to go by time alone. */
  readonly positions: 'postgres' | 'mysql' | 'mongodb' | undefined;
  /** For how long, from when it is to be seen, reads wait for a replica to replay it; 0 to ask once. */
  readonly waitMs: number;
  /** How long a reader reads from the primary after a write whose position cannot be known. */
  readonly stickyMs: number;
  /** After that long every node that may answer has replayed a write, or was ejected for its lag. */
  readonly rememberMs: number;
  /** Whether `read()` asks a replica also right after a write. */
  readonly yieldsToRead: boolean;
  /** Called once, when a read goes by time. */
  readonly warn: () => void;
}

/** How long a token waits for the primary to say where it stands, in milliseconds. */
const TOKEN_MS = 1_000;

/**
 * A reader sees its own writes, and those that a token tells of: its reads go to a node that has replayed them, else to
 * the primary. Where the database keeps no log positions, they go to the primary for a while.
 */
export class Causal implements Consistency {
  readonly sessions = new Sessions();
  readonly #nodes: LocatedNodes;
  readonly #options: CausalOptions;
  #hasWarned = false;

  constructor(nodes: LocatedNodes, options: CausalOptions) {
    this.#nodes = nodes;
    this.#options = options;
  }

  demand(reader: object | undefined): Demand {
    const session = this.sessions.known(reader);
    return session ? this.#demand(session) : ANYTHING;
  }

  /** @param place what the server called its place in the log, where it said */
  wrote(reader: object | undefined, place?: string): void {
    const position = place === undefined ? undefined : positionAt(place);
    this.sessions.current(reader).wrote(position, performance.now());
  }

  /**
   * What must be seen by those who are to see what a session wrote or was given; undefined if that is nothing. A promise
   * only where the primary is asked, at most once: not where commits came with their position. Never rejects.
   */
  token(session: Session): string | undefined | Promise<string | undefined> {
    this.#demand(session); // forgets what is old
    if (isNothing(session.seen)) return undefined;
    if (this.#isLocated(session)) return this.#tokenOf(session, true);
    return this.#locate(session).then(found => this.#tokenOf(session, found));
  }

  /** @param found whether it is known where the last write of the session lies */
  #tokenOf(session: Session, found: boolean): string | undefined {
    const { position, primaryUntil } = session.seen;
    const origin = this.#nodes.primary.progress.latest?.origin ?? '';
    const until = found ? primaryUntil : Math.max(primaryUntil, Date.now() + this.#windowMs(session));
    return (
      encodeToken({ position, origin, until }) ??
      encodeToken({ position: undefined, origin, until: this.#endOfMemory() })
    );
  }

  /** Opens a session that must see what the token says. @throws ReadWriteSplitError `INVALID_TOKEN` */
  open(reader: object | undefined, token: string | undefined): Session {
    const session = this.sessions.open(reader);
    if (token !== undefined) this.#handOn(token, session);
    return session;
  }

  /** Opens a session that must see all that anybody has committed up to now. Never rejects. */
  async openFresh(reader: object | undefined): Promise<Session> {
    const session = this.sessions.open(reader);
    const { progress } = this.#nodes.primary;
    const seen = this.#options.positions
      ? await within(TOKEN_MS, progress.lookAfresh()).catch(() => undefined)
      : undefined;
    // One that was promoted in between has told where it stood as a replica.
    if (seen?.position && seen.role === 'primary') session.mustSee(seen.position, performance.now());
    else session.readsPrimaryUntil(this.#endOfMemory());
    return session;
  }

  /** Whether the reads of a node see what the token says. @throws ReadWriteSplitError `INVALID_TOKEN` */
  async reached(node: LocatedNode, token: string): Promise<boolean> {
    const { position, until } = this.#read(token);
    if (node === this.#nodes.primary) return true;
    if (until > Date.now()) return false;
    if (!position) return true;
    const { latest } = this.#nodes.primary.progress;
    return node.progress.reaches(latest?.position ? position.carriedBy(latest.position) : position);
  }

  #demand(session: Session): Demand {
    const { latest } = this.#nodes.primary.progress;
    if (latest?.position) session.located(latest.position, latest.askedAt);
    const { wroteAt, position, learnedAt, isHandedOn, primaryUntil } = session.seen;
    const now = performance.now();
    if (primaryUntil > 0 && Date.now() < primaryUntil) return this.#toPrimary('its token asks for the primary');
    if (wroteAt !== undefined) return this.#whileUnlocated(session, wroteAt, now);
    if (!position) return ANYTHING;
    if (this.#isEverywhere(learnedAt, now)) return forgotten(session);
    const wanted = latest?.position && latest.askedAt > learnedAt ? position.carriedBy(latest.position) : position;
    if (wanted !== position) session.carried(wanted);
    const { stickyMs } = this.#options;
    const waitMs = Math.max(0, this.#options.waitMs - (now - learnedAt));
    // What was written just now is hardly anywhere yet.
    const asks = isHandedOn || waitMs > 0 || now - learnedAt >= stickyMs;
    return { kind: 'position', position: wanted, waitMs, asks, why: whyOf(isHandedOn) };
  }

  /** Whether it was learned so long ago that nodes without it are out: nothing is replicated while the primary is down. */
  #isEverywhere(learnedAt: number, now: number): boolean {
    const { positions, rememberMs } = this.#options;
    // MongoDB's primary is never asked: its members wait by themselves.
    const { knownSince = positions === 'mongodb' ? learnedAt : now } = this.#nodes.primary.progress;
    return now - Math.max(learnedAt, knownSince) > rememberMs;
  }

  #whileUnlocated(session: Session, wroteAt: number, now: number): Demand {
    const byTime = this.#goesByTime;
    if (byTime) this.#sayOnce();
    const wroteMsAgo = now - wroteAt;
    if (byTime ? wroteMsAgo >= this.#options.stickyMs : this.#isEverywhere(wroteAt, now)) return forgotten(session);
    const how = byTime ? `sticky for ${this.#options.stickyMs} ms` : 'no replica is known to have it';
    return this.#toPrimary(`wrote ${Math.floor(wroteMsAgo)} ms ago, ${how}`);
  }

  #toPrimary(why: string): Demand {
    return { kind: 'primary', reason: 'recent write', why, yieldsToRead: this.#options.yieldsToRead };
  }

  /** Whether the primary keeps no positions, as far as is known. */
  get #goesByTime(): boolean {
    const { latest } = this.#nodes.primary.progress;
    return !this.#options.positions || (latest !== undefined && !latest.position);
  }

  /** Whether nothing has to be asked for the session's token. A first look at the primary also tells the origin. */
  #isLocated({ seen }: Session): boolean {
    return seen.wroteAt === undefined && this.#nodes.primary.progress.latest !== undefined;
  }

  /** Has the session know the position of its last write; false when that cannot be. */
  async #locate(session: Session): Promise<boolean> {
    const { progress } = this.#nodes.primary;
    if (!this.#options.positions) return false;
    try {
      const { position, askedAt } = await within(TOKEN_MS, progress.lookAfresh());
      if (position) session.located(position, askedAt);
    } catch {
      // The primary does not answer: the token will ask for it by time.
    }
    return session.seen.wroteAt === undefined;
  }

  /** How long the primary must be read after a write that could not be located. */
  #windowMs({ seen: { wroteAt = 0 } }: Session): number {
    const { stickyMs, rememberMs } = this.#options;
    return this.#goesByTime ? Math.max(0, stickyMs - (performance.now() - wroteAt)) : rememberMs;
  }

  #endOfMemory(): number {
    return Date.now() + this.#options.rememberMs;
  }

  #handOn(token: string, session: Session): void {
    const { position, origin, until } = this.#read(token);
    session.readsPrimaryUntil(until);
    if (!position) return;
    session.mustSee(position, performance.now());
    // Of MariaDB's servers each has its own origin, so a server that is gone cannot be told from another cluster.
    if (this.#isUnknown(origin)) session.readsPrimaryUntil(this.#endOfMemory());
  }

  #read(token: string): TokenContent {
    const content = decodeToken(token);
    if (!content) throw invalidToken('it is not one, was cut, or is of another version');
    const { position, product, origin } = content;
    const known = this.#nodes.primary.progress.latest?.position;
    const isOther = position && known && position.constructor !== known.constructor;
    if (isOther || (product && !isOf(product, this.#options.positions)))
      throw invalidToken(`it is of another database, ${product}`);
    if (product !== 'mariadb' && this.#isUnknown(origin)) throw invalidToken('it is of another cluster');
    return content;
  }

  /** Whether no node has writes of that origin; false as long as nodes have not told. */
  #isUnknown(origin: string): boolean {
    const { primary, replicas } = this.#nodes;
    if (origin === '' || !primary.progress.latest) return false;
    return ![primary, ...replicas].some(({ progress }) => progress.latest?.origins.has(origin));
  }

  #sayOnce(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#options.warn();
  }
}

function whyOf(isHandedOn: boolean): string {
  return isHandedOn ? 'must see what its token tells of' : 'must see what it wrote';
}

function forgotten(session: Session): Demand {
  session.forget();
  return ANYTHING;
}

function isNothing({ wroteAt, position, primaryUntil }: Seen): boolean {
  return wroteAt === undefined && !position && primaryUntil < Date.now();
}

function positionAt(place: string): LogPosition | undefined {
  return mysqlPositions.parse(place) ?? mariadbPositions.parse(place) ?? mongoPositions.parse(place);
}

function isOf(product: TokenProduct, expected: CausalOptions['positions']): boolean {
  return expected === (product === 'mariadb' ? 'mysql' : product);
}

function invalidToken(what: string): ReadWriteSplitError {
  return new ReadWriteSplitError(
    'INVALID_TOKEN',
    `This consistency token is of no use here: ${what}. Go on without it, which reads any node.`,
  );
}
