import { ReadWriteSplitError } from '../read-write-split-error.ts';

const MAX_WAITING = 1_000;
const MAX_WAIT_MS = 5_000;

interface Waiting {
  readonly enter: () => void;
  readonly timer: NodeJS.Timeout;
}

/** Lets so many in at once. Of the others 1,000 wait, for 5 s at most. */
export class ConcurrencyGate {
  readonly #limit: number;
  readonly #waiting = new Set<Waiting>();
  #inside = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs `work` when there is room. @throws ReadWriteSplitError `OVERLOADED` */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#inside >= this.#limit) await this.#wait();
    else this.#inside++;
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  #wait(): Promise<void> {
    if (this.#waiting.size >= MAX_WAITING) throw overloaded(`${MAX_WAITING} others wait already`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        reject(overloaded(`waited ${MAX_WAIT_MS} ms`));
      }, MAX_WAIT_MS);
      const waiting = { enter: resolve, timer };
      this.#waiting.add(waiting);
    });
  }

  /** The place goes to the one that waits longest, if any. */
  #leave(): void {
    for (const waiting of this.#waiting) {
      this.#waiting.delete(waiting);
      clearTimeout(waiting.timer);
      return waiting.enter();
    }
    this.#inside--;
  }
}

function overloaded(why: string): ReadWriteSplitError {
  const remedy = 'bring a replica back, or raise fallbackLimit';
  return new ReadWriteSplitError(
    'OVERLOADED',
    `No replica answers, and the primary has its share of reads (${why}); ${remedy}.`,
  );
}
