import type { Finding } from './findings.ts';
import { ForkReads } from './fork-reads.ts';
import type { Repetition } from './repetition.ts';
import type { Template } from './template-cache.ts';

const MAX_FORKS = 1_000;
const MAX_LOOPS = 64;
const IDLE_MS = 10_000;

/** What has become of the reads of one template in one fork. */
export type Loop =
  | { readonly state: 'watched'; readonly repetition: Repetition }
  | { readonly state: 'found'; readonly finding: Finding; readonly times: number }
  | { readonly state: 'ignored' };

/** One EntityManager fork that is being watched. */
export interface Fork {
  readonly reads: ForkReads;
  readonly loops: Map<Template, Loop>;
  /** Epoch milliseconds. */
  lastSeen: number;
}

/**
 * The forks that read something lately: at most 1,000, each with at most 64 loops, none that read nothing for ten
 * seconds. What is forgotten starts anew.
 */
export class Forks {
  readonly #byId = new Map<number, Fork>();

  /** `now` is in epoch milliseconds. */
  get(id: number, now: number): Fork {
    const known = this.#byId.get(id);
    if (known && now - known.lastSeen <= IDLE_MS) {
      known.lastSeen = now;
      return known;
    }
    this.#byId.delete(id);
    this.#forgetOldest(now);
    const fork: Fork = { reads: new ForkReads(), loops: new Map(), lastSeen: now };
    this.#byId.set(id, fork);
    return fork;
  }

  /** Two for each one that comes, so that idle forks do not wait for the limit. */
  #forgetOldest(now: number): void {
    let left = 2;
    for (const [id, fork] of this.#byId) {
      const idle = now - fork.lastSeen > IDLE_MS;
      if (left-- === 0 || (!idle && this.#byId.size < MAX_FORKS)) return;
      this.#byId.delete(id);
    }
  }
}

/** Whether a fork may watch one more template. */
export function hasRoom({ loops }: Fork): boolean {
  return loops.size < MAX_LOOPS;
}
