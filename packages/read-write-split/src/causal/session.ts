import type { LogPosition } from '../positions/log-positions.ts';

/** What a session must see. Times are of `performance.now()`, unless said otherwise. */
export interface Seen {
  /** Of its last write whose place in the log is not known. */
  readonly wroteAt: number | undefined;
  /** What a node must have replayed. */
  readonly position: LogPosition | undefined;
  /** When that was learned, from a write of its own or from a token. */
  readonly learnedAt: number;
  /** Whether all of it came with tokens, so that nodes have had some time to replay it. */
  readonly isHandedOn: boolean;
  /** Reads go to the primary until then, by `Date.now()`. */
  readonly primaryUntil: number;
}

const NOTHING: Seen = {
  wroteAt: undefined,
  position: undefined,
  learnedAt: 0,
  isHandedOn: true,
  primaryUntil: 0,
};

/**
 * What one reader has written or was handed on to see: a request, the code inside a `withToken()`, or everything outside
 * of both. A session inside another sees what that one does, and tells it of its writes.
 */
export class Session {
  readonly #outer: Session | undefined;
  #seen: Seen;
  #hasWritten = false;

  constructor(outer?: Session) {
    this.#outer = outer;
    this.#seen = outer?.seen ?? NOTHING;
  }

  get seen(): Seen {
    return this.#seen;
  }

  /** Whether it has committed anything itself. */
  get hasWritten(): boolean {
    return this.#hasWritten;
  }

  /** It has committed something, at a place in the log that is known or not. */
  wrote(position: LogPosition | undefined, now: number): void {
    this.#hasWritten = true;
    if (position) this.#learn(position, now, false);
    else this.#seen = { ...this.#seen, wroteAt: now, isHandedOn: false };
    this.#outer?.wrote(position, now);
  }

  /** A token said that it must see this. */
  mustSee(position: LogPosition, now: number): void {
    this.#learn(position, now, this.#seen.isHandedOn);
  }

  /** A token said that it must read from the primary until then, by `Date.now()`. */
  readsPrimaryUntil(until: number): void {
    this.#seen = { ...this.#seen, primaryUntil: Math.max(until, this.#seen.primaryUntil) };
  }

  /** The writes up to `askedAt` lie before this position. */
  located(position: LogPosition, askedAt: number): void {
    const { wroteAt, isHandedOn } = this.#seen;
    if (wroteAt === undefined || wroteAt >= askedAt) return;
    this.#learn(position, wroteAt, isHandedOn);
    this.#seen = { ...this.#seen, wroteAt: undefined };
  }

  /** What stands for the position after a promotion. */
  carried(position: LogPosition): void {
    this.#seen = { ...this.#seen, position };
  }

  /** All nodes that may answer have what it must see. */
  forget(): void {
    this.#seen = NOTHING;
  }

  #learn(position: LogPosition, learnedAt: number, isHandedOn: boolean): void {
    const known = this.#seen.position;
    this.#seen = { ...this.#seen, position: known?.and(position) ?? position, learnedAt, isHandedOn };
  }
}
