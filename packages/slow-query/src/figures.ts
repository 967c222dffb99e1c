import type { Outcome } from '@mikro-kit/statement-tap';

import { Histogram } from './histogram.ts';

/** How often and how long statements ran. Durations are in microseconds, without the wait for a connection. */
export interface Figures {
  readonly count: number;
  /** How many of them failed. */
  readonly errors: number;
  /** Rows returned or changed, where the driver says. */
  readonly rows: number;
  readonly totalUs: number;
  readonly meanUs: number;
  readonly maxUs: number;
  /** Percentiles are off by at most 1.6 %. */
  readonly p50Us: number;
  readonly p95Us: number;
  readonly p99Us: number;
}

/** Adds up outcomes into {@link Figures}, in constant memory. */
export class Tally {
  readonly #histogram = new Histogram();
  #count = 0;
  #errors = 0;
  #rows = 0;
  #totalUs = 0;
  #maxUs = 0;

  add({ durationUs, rows, error }: Outcome): void {
    this.#histogram.record(durationUs);
    this.#count++;
    if (error !== undefined) this.#errors++;
    if (rows !== undefined) this.#rows += rows;
    this.#totalUs += durationUs;
    if (durationUs > this.#maxUs) this.#maxUs = durationUs;
  }

  merge(other: Tally): void {
    this.#histogram.merge(other.#histogram);
    this.#count += other.#count;
    this.#errors += other.#errors;
    this.#rows += other.#rows;
    this.#totalUs += other.#totalUs;
    this.#maxUs = Math.max(this.#maxUs, other.#maxUs);
  }

  figures(): Figures {
    return {
      count: this.#count,
      errors: this.#errors,
      rows: this.#rows,
      totalUs: this.#totalUs,
      meanUs: this.#count === 0 ? 0 : this.#totalUs / this.#count,
      maxUs: this.#maxUs,
      p50Us: this.#quantile(0.5),
      p95Us: this.#quantile(0.95),
      p99Us: this.#quantile(0.99),
    };
  }

  /** What the histogram knows to 1.6 %, and exactly where it is the longest duration. */
  #quantile(q: number): number {
    const isLongest = Math.ceil(q * this.#count) === this.#count;
    return isLongest ? this.#maxUs : Math.min(this.#histogram.quantile(q), this.#maxUs);
  }
}
