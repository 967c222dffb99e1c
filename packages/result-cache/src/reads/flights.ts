import { AsyncLocalStorage } from 'node:async_hooks';

import { LRUCache } from 'lru-cache';

import type { Entry } from '../entries/entry.ts';

/** What those have who waited for a load: what it made; or nothing, as it is not to be shared, it failed or it is late. */
export type Landing = Entry | 'not shared' | 'failed' | 'late';

/** What the one who loads knows of those who wait. */
export interface Waiting {
  /** Whether there are any by now. */
  isThere(): boolean;
  /** Tells them what the load brings, as soon as that is known. */
  land(landing: Landing): void;
}

/** One load that others may wait for. */
interface Flight {
  /** Never rejects. */
  readonly landed: Promise<Landing>;
  readonly land: (landing: Landing) => void;
  /** Those that its load waits for. */
  readonly waitsFor: Flight[];
  late?: NodeJS.Timeout;
}

/** How long what has landed is remembered: so many later ones. */
const MAX_LANDED = 1_000;

/**
 * One load at a time for each id in this process. Nobody waits longer for one flight than `maxWaitMs` milliseconds, and
 * nobody for a flight that waits, directly or by others, for them.
 */
export class Flights {
  readonly #maxWaitMs: number;
  readonly #flights = new Map<string, Flight>();
  /** The flights inside of whose loads we are. */
  readonly #leading = new AsyncLocalStorage<readonly Flight[]>();
  readonly #landed = new LRUCache<string, number>({ max: MAX_LANDED });
  #landings = 0;

  constructor(maxWaitMs: number) {
    this.#maxWaitMs = maxWaitMs;
  }

  /** How many have landed so far. To be taken before a look whose answer may be overtaken: {@link hasLandedSince}. */
  get landings(): number {
    return this.#landings;
  }

  /** Whether a flight of this id has landed since there were so many landings. */
  hasLandedSince(id: string, landings: number): boolean {
    return (this.#landed.get(id) ?? 0) > landings;
  }

  has(id: string): boolean {
    return this.#flights.has(id);
  }

  /** Whether we are inside of one load and of another around it, for which others may be waiting. */
  get isNested(): boolean {
    return (this.#leading.getStore()?.length ?? 0) > 1;
  }

  /** What the flight of this id brings; undefined if there is none, or none that may be waited for. */
  join(id: string, signal: AbortSignal | undefined): Promise<Landing> | undefined {
    const flight = this.#maxWaitMs > 0 ? this.#flights.get(id) : undefined;
    const own = this.#leading.getStore() ?? [];
    if (!flight || own.some(outer => waitsFor(flight, outer))) return undefined;
    flight.late ??= setTimeout(() => this.#end(id, flight, 'late'), this.#maxWaitMs);
    for (const outer of own) outer.waitsFor.push(flight);
    return untilAborted(flight.landed, signal).finally(() => {
      for (const outer of own) outer.waitsFor.splice(outer.waitsFor.indexOf(flight), 1);
    });
  }

  async lead<T>(id: string, load: (waiting: Waiting) => Promise<T>): Promise<T> {
    const { promise: landed, resolve: land } = Promise.withResolvers<Landing>();
    const flight: Flight = { landed, land, waitsFor: [] };
    // Where there is one already, it must not be waited for; others go on waiting for that.
    if (!this.#flights.has(id)) this.#flights.set(id, flight);
    try {
      const outer = this.#leading.getStore() ?? [];
      const waiting: Waiting = {
        isThere: () => [flight, this.#flights.get(id)].some(one => one?.late !== undefined),
        land: landing => this.#landedWith(id, flight, landing),
      };
      return await this.#leading.run([...outer, flight], () => load(waiting));
    } finally {
      this.#end(id, flight, 'failed');
    }
  }

  /** A flight that was late brings what those want, too, who wait for the one after it. */
  #landedWith(id: string, flight: Flight, landing: Landing): void {
    const current = this.#flights.get(id);
    if (current) this.#end(id, current, landing);
    this.#end(id, flight, landing);
    this.#landed.set(id, ++this.#landings);
  }

  #end(id: string, flight: Flight, landing: Landing): void {
    clearTimeout(flight.late);
    flight.land(landing);
    if (this.#flights.get(id) === flight) this.#flights.delete(id);
  }
}

function waitsFor(flight: Flight, other: Flight): boolean {
  const met = new Set([flight]);
  for (const next of met) for (const found of next.waitsFor) met.add(found);
  return met.has(other);
}

async function untilAborted(landed: Promise<Landing>, signal: AbortSignal | undefined): Promise<Landing> {
  if (!signal) return landed;
  if (signal.aborted) return 'failed';
  const { promise, resolve } = Promise.withResolvers<Landing>();
  const stop = (): void => resolve('failed');
  signal.addEventListener('abort', stop, { once: true });
  return Promise.race([landed, promise]).finally(() => signal.removeEventListener('abort', stop));
}
