import { Fork } from './fork.ts';

const MAX_FORKS = 1_000;
const IDLE_MS = 10_000;

/**
 * The forks that read something lately: at most 1,000, none that has read nothing for ten seconds. What is forgotten
 * starts anew.
 */
export class Forks {
  readonly #byId = new Map<number, Fork>();

  /** `now` is in epoch milliseconds. */
  get(id: number, now: number): Fork {
    const known = this.#byId.get(id);
    if (known && !isIdle(known, now)) {
      known.lastSeen = now;
      return known;
    }
    this.#byId.delete(id);
    this.#forget(now);
    const fork = new Fork(now);
    this.#byId.set(id, fork);
    return fork;
  }

  /** Up to two for each one that comes, the oldest first, so that idle ones do not wait for the limit. */
  #forget(now: number): void {
    const [first, second] = this.#byId;
    for (const entry of [first, second]) {
      if (!entry) return;
      const [id, fork] = entry;
      if (isIdle(fork, now) || this.#byId.size >= MAX_FORKS) this.#byId.delete(id);
    }
  }
}

function isIdle({ lastSeen }: Fork, now: number): boolean {
  return now - lastSeen > IDLE_MS;
}
