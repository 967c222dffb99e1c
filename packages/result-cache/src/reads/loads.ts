import { LRUCache } from 'lru-cache';

import { makeEntry, rowsOf, type Entry } from '../entries/entry.ts';
import { lifetimeOf } from '../entries/lifetime.ts';
import type { Hit, Missing, Tiers } from '../entries/tiers.ts';
import type { BypassReason, Statistics } from '../statistics.ts';
import type { WrappedRuns } from '../wrap/wrapped-runs.ts';
import type { Explanations } from './explanations.ts';
import type { Flights, Waiting } from './flights.ts';
import type { Leases, Turn } from './leases.ts';
import { requiredOf, type WantedRead } from './wanted-read.ts';

/** Gets the rows of one read from the database. */
export interface Loader {
  /** `fill`: they will be kept, so they have to come from a node that does not lag. */
  load(purpose: 'answer' | 'fill'): Promise<unknown>;
  /** Once loaded: why the rows must not be kept, if there is a reason. */
  refusal?(): BypassReason | undefined;
}

/** A read without a valid entry. */
export interface MissedRead extends WantedRead {
  readonly missing: Missing;
  readonly loader: Loader;
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
  readonly explanations: Explanations;
  /** Tells whether rows were read in a transaction that was left open, and so must not be kept. */
  readonly fills: WrappedRuns;
  /** What an entry may hold at most to be kept. */
  readonly maxEntryBytes: number;
}

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
  /** The keys of rows that could not be shared when they were loaded last, and with whom: these do not wait for the like. */
  readonly #unshared = new LRUCache<string, 'with anybody' | 'with other processes'>({ max: MAX_UNSHARED });

  constructor(context: LoadsContext) {
    this.#context = context;
  }

  /** The rows, loaded by this call or by another that waits for the same. Rejects as its loader does. */
  async once(read: MissedRead): Promise<unknown> {
    const { flights, statistics } = this.#context;
    const id = flightOf(read);
    if (id === undefined || this.#unshared.get(read.key) === 'with anybody')
      return this.#load(read, read.missing, nobody);
    const waits = { failed: 0, late: 0 };
    while (waits.failed < MAX_WAITS.failed && waits.late < MAX_WAITS.late && !read.signal?.aborted) {
      const landing = flights.join(id, read.signal);
      if (!landing) return flights.lead(id, waiting => this.#inTurn(id, read, waiting));
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
  refresh(wanted: WantedRead, { entry, confirmed }: Hit, loader: Loader): void {
    const { flights, statistics } = this.#context;
    const missing: Missing = { kind: 'miss', nonces: entry.nonces, confirmed };
    const read: MissedRead = { ...wanted, missing, loader, signal: undefined, landings: 0 };
    const id = flightOf(read) ?? wanted.key;
    if (flights.has(id)) return;
    statistics.count('refreshes');
    const work = flights
      .lead(id, waiting => this.#load(read, missing, waiting))
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
  async #inTurn(id: string, read: MissedRead, waiting: Waiting): Promise<unknown> {
    const turn = await this.#turn(id, read);
    if (turn.kind === 'ours') return this.#load(read, read.missing, waiting).finally(turn.end);
    const { found } = turn;
    if (found.kind === 'busy') return read.loader.load('answer');
    if (found.kind === 'miss') return this.#load(read, found, waiting);
    waiting.land(found.entry);
    this.#context.statistics.count('joined');
    return found.rows;
  }

  async #turn(id: string, read: MissedRead): Promise<Turn> {
    const { flights, leases, tiers, statistics } = this.#context;
    const wasOvertaken = flights.hasLandedSince(id, read.landings);
    try {
      if (leases.areGranted && !this.#unshared.has(read.key)) {
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

  async #load(read: MissedRead, missing: Missing, waiting: Waiting): Promise<unknown> {
    const started = performance.now();
    const { maxEntryBytes, fills } = this.#context;
    const { loader } = read;
    const run = fills.of(() => loader.load('fill'));
    const rows = await run.result;
    const refusal = run.refusal() ?? loader.refusal?.();
    // What is too large to be kept is shared all the same, and encoded only for that.
    const maxBytes = waiting.isThere() ? Infinity : maxEntryBytes;
    const loadMs = performance.now() - started;
    const made = refusal ?? this.#made(read, missing, rows, { loadMs, maxBytes });
    const entry = typeof made === 'object' ? made : undefined;
    waiting.land(entry ?? 'not shared');
    if (entry && entry.rows.byteLength <= maxEntryBytes) await this.#keep(read, entry, missing);
    else this.#leaveOut(read, typeof made === 'object' ? 'too large' : made);
    return rows;
  }

  /** An entry of the rows, or why there is none; undefined while something is being written. */
  #made(
    missed: MissedRead,
    { nonces }: Missing,
    rows: unknown,
    { loadMs, maxBytes }: { readonly loadMs: number; readonly maxBytes: number },
  ): Entry | BypassReason | undefined {
    const { read, policy } = missed;
    const isComplete = read.isComplete(rows);
    if (!isComplete && nonces.includes(null)) return undefined;
    const kept = nonces.map((nonce, at) => (isComplete && at >= requiredOf(missed) ? null : nonce));
    const lifetimeMs = lifetimeOf(policy.lifetime, rows);
    return makeEntry({ nonces: kept, madeAt: Date.now(), lifetimeMs, loadMs }, rows, maxBytes);
  }

  #leaveOut({ key }: MissedRead, reason: BypassReason | undefined): void {
    const { statistics, explanations } = this.#context;
    this.#unshared.set(key, reason === 'too large' ? 'with other processes' : 'with anybody');
    if (!reason) return;
    statistics.bypassed(reason);
    explanations.note(() => ({ kind: 'not kept', reason }));
  }

  async #keep(read: MissedRead, entry: Entry, { confirmed }: Missing): Promise<void> {
    const { tiers, statistics } = this.#context;
    this.#unshared.delete(read.key);
    try {
      await tiers.keep(read, entry, confirmed);
      statistics.count('fills');
    } catch (error) {
      statistics.failed(error);
    }
  }
}

const OURS: Turn = { kind: 'ours', end: () => undefined };
const nobody: Waiting = { isThere: () => false, land: () => undefined };

/**
 * Of those who want the same rows under the same stamps, so that nobody who comes after a write waits for a load that
 * began before it. Undefined while something is being written: two writes could look alike then.
 */
function flightOf({ key, missing: { nonces } }: MissedRead): string | undefined {
  return nonces.includes(null) ? undefined : `${key} ${nonces.join(' ')}`;
}
