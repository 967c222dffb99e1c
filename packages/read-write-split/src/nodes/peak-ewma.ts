/** How fast what was measured is forgotten. */
const TAU_MS = 2_000;

/**
 * An average of latencies that jumps up to a slower one at once and comes down over time: the load metric of Twitter's
 * Finagle (`PeakEwma`), by which a node that stalls is avoided from its first slow answer on.
 */
export class PeakEwma {
  #valueMs: number | undefined;
  #at = 0;

  /** In milliseconds; undefined before the first measurement. */
  get valueMs(): number | undefined {
    return this.#valueMs;
  }

  observe(ms: number, now: number): void {
    const old = this.#valueMs;
    const kept = Math.exp((this.#at - now) / TAU_MS);
    this.#valueMs = old === undefined || ms > old ? ms : old * kept + ms * (1 - kept);
    this.#at = now;
  }

  /** The value as it fades while nothing is measured, so that a node once slow is tried again. */
  fadedMs(now: number): number | undefined {
    return this.#valueMs === undefined ? undefined : this.#valueMs * Math.exp((this.#at - now) / TAU_MS);
  }
}
