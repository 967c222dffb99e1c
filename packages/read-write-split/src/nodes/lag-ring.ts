import type { LogPosition } from '../positions/log-positions.ts';

interface Sample {
  readonly position: LogPosition;
  /** When the primary was first and last seen there. */
  readonly since: number;
  until: number;
}

/** At a sample a second five minutes, beyond which lag is only "at least". */
const MAX_SAMPLES = 300;

/**
 * The primary's positions over time. A replica lags by the age of the newest that it has reached, which needs neither
 * clocks that agree nor privileges, does not grow while the primary is idle, and does not end when replication does.
 */
export class LagRing {
  #samples: Sample[] = [];
  #heardAt = performance.now();

  /** When the primary last told its position, or was first to be asked for it. */
  get heardAt(): number {
    return this.#heardAt;
  }

  get isEmpty(): boolean {
    return this.#samples.length === 0;
  }

  /** The primary stands there now. */
  add(position: LogPosition, now: number): void {
    this.#heardAt = now;
    const last = this.#samples.at(-1);
    if (last && last.position.covers(position)) {
      last.until = now;
      return;
    }
    this.#samples.push({ position, since: now, until: now });
    if (this.#samples.length > MAX_SAMPLES) this.#samples.shift();
  }

  /** Whether a node that stands there has reached none of the samples. */
  isBefore(position: LogPosition): boolean {
    return !this.#samples.some(sample => position.covers(sample.position));
  }

  /** How far behind the primary's last known position a node is that stands there, in milliseconds; at least, if far. */
  lagMs(position: LogPosition): number {
    const newest = this.#samples.at(-1);
    if (!newest || position.covers(newest.position)) return 0;
    const reached = this.#samples.findLast(sample => position.covers(sample.position));
    return this.#heardAt - (reached?.until ?? this.#samples[0]?.since ?? this.#heardAt);
  }

  /** Forgets all, for another primary. */
  clear(): void {
    this.#samples = [];
    this.#heardAt = performance.now();
  }
}
