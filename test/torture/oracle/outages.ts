import { nowMs } from '../clock.ts';
import type { Step } from './items.ts';

/** A time in which Redis was not there for everybody, or not yet told of all that had been written meanwhile. */
export interface Outage {
  readonly what: string;
  readonly from: number;
  /** Infinity while it lasts. */
  until: number;
  /** The workers that died in it, and with them what they had not told. */
  readonly died: Set<string>;
}

/** When Redis was there for everybody, and when it was not. */
export class Outages {
  readonly #outages: Outage[] = [];

  begin(what: string): Outage {
    const outage = { what, from: nowMs(), until: Infinity, died: new Set<string>() };
    this.#outages.push(outage);
    return outage;
  }

  end(outage: Outage): void {
    outage.until = nowMs();
  }

  /** To be told of every worker that is killed. */
  died(worker: string): void {
    for (const outage of this.#outages) if (outage.until === Infinity) outage.died.add(worker);
  }

  /** Whether an outage was the reason that others had not heard of a write when a read started. */
  excuse({ begunAt, acknowledgedAt, by }: Step, startedAt: number): boolean {
    return this.#outages.some(
      ({ from, until, died }) => begunAt <= until && acknowledgedAt >= from && (startedAt <= until || died.has(by)),
    );
  }

  /** What was on at a time, in words. */
  at(time: number): string {
    const on = this.#outages.filter(({ from, until }) => from <= time && time <= until);
    if (on.length > 0) return on.map(({ what, from }) => `${what} for ${Math.round(time - from)} ms`).join(', ');
    const last = this.#outages.findLast(({ until }) => until < time);
    return last ? `nothing since ${last.what} ended ${Math.round(time - last.until)} ms before` : 'nothing so far';
  }
}
