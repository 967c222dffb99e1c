import type { LogPosition } from './log-positions.ts';

/**
 * Operation times of a MongoDB replica set, written as `1764000000.7`: seconds and a counter. Servers wait for one by
 * themselves when a causally consistent session asks for it, so nothing here asks them where they stand.
 */
export const mongoPositions = {
  product: 'mongodb',
  parse(text: string): MongoPosition | undefined {
    const [, seconds, counter] = /^(\d{1,10})\.(\d{1,10})$/.exec(text) ?? [];
    if (seconds === undefined || counter === undefined) return undefined;
    const [high, low] = [BigInt(seconds), BigInt(counter)];
    return high < WORD && low < WORD ? new MongoPosition(high * WORD + low) : undefined;
  },
} as const;

/** 2 to the power of 32. */
const WORD = 0x1_0000_0000n;

/** An operation time, as the 64 bits of a BSON timestamp. */
export class MongoPosition implements LogPosition {
  readonly time: bigint;

  constructor(time: bigint) {
    this.time = time;
  }

  covers(wanted: LogPosition): boolean {
    return wanted instanceof MongoPosition && this.time >= wanted.time;
  }

  and(other: LogPosition): LogPosition {
    return other.covers(this) ? other : this;
  }

  /** Operation times go on growing across elections. */
  carriedBy(): LogPosition {
    return this;
  }

  toString(): string {
    return `${this.time / WORD}.${this.time % WORD}`;
  }
}
