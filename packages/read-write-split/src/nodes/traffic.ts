import { PeakEwma } from './peak-ewma.ts';

/** A call that a node has not answered yet. */
export interface Flight {
  readonly startedAt: number;
  /** Whether how long it takes tells of the node; a transaction's length tells of the application. */
  readonly isTimed: boolean;
  readonly abandon: (error: Error) => void;
}

/** How a call is run. */
export interface RunOptions<T> {
  /** Default true. */
  readonly isTimed?: boolean;
  /** Undoes what comes of a call after it was given up. */
  readonly undo?: (result: T) => void;
}

/** The calls that a node is answering, and how long it takes. */
export class Traffic {
  readonly #flights = new Set<Flight>();
  readonly #latency = new PeakEwma();
  #congestedUntil = 0;
  #answeredAt = 0;

  get inFlight(): number {
    return this.#flights.size;
  }

  /** When it last answered a call. */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  get latencyMs(): number | undefined {
    return this.#latency.valueMs;
  }

  /** How long the oldest call has been waiting. */
  oldestMs(now: number): number {
    for (const { startedAt, isTimed } of this.#flights) if (isTimed) return now - startedAt;
    return 0;
  }

  /** What a call to this node is likely to take: recent latency, or the age of a call that it has not answered. */
  expectedMs(now: number): number | undefined {
    const faded = this.#latency.fadedMs(now);
    const oldest = this.oldestMs(now);
    return faded === undefined ? oldest || undefined : Math.max(faded, oldest);
  }

  /** Whether its pool, or the server, had no connection left a moment ago. */
  isCongested(now: number): boolean {
    return now < this.#congestedUntil;
  }

  congested(now: number, forMs: number): void {
    this.#congestedUntil = now + forMs;
  }

  /**
   * Runs a call; it ends at once, with `abandon`'s error, when the node is given up.
   *
   * @param rescue what comes of a call that failed or was given up, instead of its error
   */
  run<T>(
    call: () => Promise<T>,
    { isTimed = true, undo }: RunOptions<T> = {},
    rescue?: (error: unknown) => Promise<T>,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown): void => (rescue ? resolve(rescue(error)) : reject(error));
      const flight: Flight = { startedAt: performance.now(), isTimed, abandon: fail };
      this.#flights.add(flight);
      const land = (result: T): void => (this.#landed(flight) ? resolve(result) : undo?.(result));
      call().then(land, (error: unknown) => {
        if (this.#flights.delete(flight)) fail(error);
      });
    });
  }

  /** Gives up all calls that have not been answered. */
  abandonAll(error: Error): void {
    for (const flight of this.#flights) flight.abandon(error);
    this.#flights.clear();
  }

  /** Whether it was still waited for. */
  #landed(flight: Flight): boolean {
    if (!this.#flights.delete(flight)) return false;
    const now = performance.now();
    this.#answeredAt = now;
    if (flight.isTimed) this.#latency.observe(now - flight.startedAt, now);
    return true;
  }
}
