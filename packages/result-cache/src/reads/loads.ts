import { LRUCache } from 'lru-cache';

import { makeEntry, rowsOf, type Entry } from '../entries/entry.ts';
import { lifetimeOf } from '../entries/lifetime.ts';
import type { Hit, Missing, Tiers } from '../entries/tiers.ts';
import type { Statistics } from '../statistics.ts';
import type { Flights, Landing } from './flights.ts';
import type { Leases, Turn } from './leases.ts';
import { requiredOf, type WantedRead } from './wanted-read.ts';

/** Gets the rows from the database. `fill`: they will be kept, so they have to come from a node that does not lag. */
export type Load = (purpose: 'answer' | 'fill') => Promise<unknown>;

/** A read without a valid entry. */
export interface MissedRead extends WantedRead {
  readonly missing: Missing;
  readonly load: Load;
  /** Of the caller, who does not wait any longer then. */
  readonly signal: AbortSignal | undefined;
  /** Of `Flights`, before it was looked for. */
  readonly landings: number;
}

/** What loads stand on. */
export interface LoadsContext {
  readonly tiers: Tiers;
  readonly flights: Flights;
  readonly leases: Leases;
  readonly statistics: Statistics;
}

/** Tells those who wait what they can have. */
type Land = (landing: Landing) => void;

/**
 * Whoever has waited in vain for so many loads loads without waiting. One that is late lets only one more begin: all at once
 * would make it later.
 */
const MAX_WAITS = { failed: 3, late: 10 };
const MAX_UNSHARED = 1_000;

/** Loads the rows of reads without a valid entry, once for all who want the same, and makes entries of them. */
export class Loads {
  readonly #context: LoadsContext;
  readonly #refreshes = new Set<Promise<unknown>>();
  /** The keys of rows that could not be shared when they were loaded last: nobody waits for the like. */
  readonly #unshared = new LRUCache<string, true>({ max: MAX_UNSHARED });

  constructor(context: LoadsContext) {
    this.#context = context;
  }

  /** The rows, loaded by this call or by another that waits for the same. Rejects as `load` does. */
  async once(read: MissedRead): Promise<unknown> {
    const { flights, statistics } = this.#context;
    const id = flightOf(read);
    if (id === undefined || this.#unshared.has(read.key)) return this.#load(read, read.missing, nobody);
    const waits = { failed: 0, late: 0 };
    while (waits.failed < MAX_WAITS.failed && waits.late < MAX_WAITS.late && !read.signal?.aborted) {
      const landing = flights.join(id, read.signal);
      if (!landing) return flights.lead(id, land => this.#inTurn(id, read, land));
      const landed = await landing;
      if (landed === 'not shared') break;
      if (landed === 'failed' || landed === 'late') {
        waits[landed]++;
        continue;
      }
      statistics.count('joined');
      return rowsOf(landed);
    }
    return this.#load(read, read.missing, nobody);
  }

  /**
   * Makes a valid entry anew, in the background, unless that is being done. When something is written meanwhile the new
   * entry does not count any more than the old one.
   */
  refresh(wanted: WantedRead, { entry, confirmed }: Hit, load: Load): void {
    const { flights, statistics } = this.#context;
    const missing: Missing = { kind: 'miss', nonces: entry.nonces, confirmed };
    const read: MissedRead = { ...wanted, missing, load, signal: undefined, landings: 0 };
    const id = flightOf(read) ?? wanted.key;
    if (flights.has(id)) return;
    statistics.count('refreshes');
    const work = flights
      .lead(id, land => this.#load(read, missing, land))
      // Nobody asked for it: who comes next tries again, or hears of the failure by a load of its own.
      .catch(() => undefined)
      .finally(() => this.#refreshes.delete(work));
    this.#refreshes.add(work);
  }

  /** Waits for what goes on in the background. */
  async idle(): Promise<void> {
    await Promise.all(this.#refreshes);
  }

  /** As the first of this process. Other processes may be as far. */
  async #inTurn(id: string, read: MissedRead, land: Land): Promise<unknown> {
    const turn = await this.#turn(id, read);
    if (turn.kind === 'ours') return this.#load(read, read.missing, land).finally(turn.end);
    const { found } = turn;
    if (found.kind === 'busy') return read.load('answer');
    if (found.kind === 'miss') return this.#load(read, found, land);
    land(found.entry);
    this.#context.statistics.count('joined');
    return found.rows;
  }

  async #turn(id: string, read: MissedRead): Promise<Turn> {
    const { flights, leases, tiers, statistics } = this.#context;
    const wasOvertaken = flights.hasLandedSince(id, read.landings);
    try {
      if (leases.areGranted) {
        // Inside of a load that others may wait for, nobody waits: it could be for one who waits for them.
        const mayWait = (): boolean => !flights.isNested && !read.signal?.aborted;
        return await leases.turn(id, read.missing, () => tiers.find(read), mayWait);
      }
      return wasOvertaken ? { kind: 'over', found: await tiers.find(read) } : OURS;
    } catch (error) {
      statistics.failed(error);
      return OURS;
    }
  }

  async #load(read: MissedRead, missing: Missing, land: Land): Promise<unknown> {
    const started = performance.now();
    const rows = await read.load('fill');
    const entry = this.#entryOf(read, missing, rows, performance.now() - started);
    land(entry ?? 'not shared');
    if (!entry) {
      this.#unshared.set(read.key, true);
      return rows;
    }
    this.#unshared.delete(read.key);
    await this.#keep(read, entry, missing);
    return rows;
  }

  /** Undefined for rows that must not be kept or cannot be. */
  #entryOf(read: MissedRead, { nonces }: Missing, rows: unknown, loadMs: number): Entry | undefined {
    const { statistics } = this.#context;
    const isComplete = read.read.isComplete(rows);
    const refusal = read.read.refusal?.();
    if (refusal) statistics.bypassed(refusal);
    if (refusal || (!isComplete && nonces.includes(null))) return undefined;
    const kept = nonces.map((nonce, at) => (isComplete && at >= requiredOf(read) ? null : nonce));
    const lifetimeMs = lifetimeOf(read.policy.lifetime, rows);
    const entry = makeEntry({ nonces: kept, madeAt: Date.now(), lifetimeMs, loadMs }, rows);
    if (!entry) statistics.bypassed('rows not encodable');
    return entry;
  }

  async #keep(read: MissedRead, entry: Entry, { confirmed }: Missing): Promise<void> {
    const { tiers, statistics } = this.#context;
    try {
      await tiers.keep(read, entry, confirmed);
      statistics.count('fills');
    } catch (error) {
      statistics.failed(error);
    }
  }
}

const OURS: Turn = { kind: 'ours', end: () => undefined };
const nobody: Land = () => undefined;

/**
 * Of those who want the same rows under the same stamps, so that nobody who comes after a write waits for a load that
 * began before it. Undefined while something is being written: two writes could look alike then.
 */
function flightOf({ key, missing: { nonces } }: MissedRead): string | undefined {
  return nonces.includes(null) ? undefined : `${key} ${nonces.join(' ')}`;
}
