import { isDeepStrictEqual } from 'node:util';

import type { ItemState } from '../result-cache/torture/model.ts';
import type { Seen } from '../result-cache/torture/ways.ts';
import { nowMs } from './clock.ts';
import type { WorkerProcess } from './crew/worker-process.ts';
import type { DatabaseWorld } from './database-world.ts';
import type { FromWorker, ReadReport, WriteOutcome } from './messages.ts';
import type { ModeName } from './mode.ts';
import { Items, type Step, type Written } from './oracle/items.ts';
import type { Outages } from './oracle/outages.ts';
import { stalenessOf, type Staleness } from './oracle/staleness.ts';
import { verdictOn } from './oracle/verdict.ts';

/** What was counted. `stale` and `failed` tell of each. */
export interface Score {
  reads: number;
  /** Reads of which the cache answered every statement. */
  hits: number;
  /** Writes that were acknowledged, that the cache refused, and of whose outcome a dead worker could not tell. */
  writes: number;
  refused: number;
  unknown: number;
  readonly stale: string[];
  readonly failed: string[];
  /** Stale, and no more than the mode allows. */
  tolerated: number;
  oldestToleratedMs: number;
}

type Ending = WriteOutcome | { readonly kind: 'died' };

/** Gives the workers their turns, and judges what they saw. */
export class Referee {
  readonly score: Score = {
    reads: 0,
    hits: 0,
    writes: 0,
    refused: 0,
    unknown: 0,
    stale: [],
    failed: [],
    tolerated: 0,
    oldestToleratedMs: 0,
  };
  readonly items = new Items();
  readonly #mode: ModeName;
  readonly #database: DatabaseWorld;
  readonly #outages: Outages;
  readonly #startedAt = nowMs();
  /** The turns that workers have, and how they end. */
  readonly #turns = new Map<WorkerProcess, Map<number, (ending: Ending) => void>>();

  constructor(mode: ModeName, database: DatabaseWorld, outages: Outages) {
    this.#mode = mode;
    this.#database = database;
    this.#outages = outages;
  }

  hear(message: FromWorker, from: WorkerProcess): void {
    if (message.kind === 'lock') void this.items.write(message.items, before => this.#turn(message, before, from));
    else if (message.kind === 'wrote') this.#end(from, message.request, message.outcome);
    else if (message.kind === 'read') for (const report of message.reports) this.#read(report, from);
    else if (message.kind === 'read failed') this.score.failed.push(`${from.name}: ${message.how}: ${message.error}`);
  }

  /** No more can come of this worker. */
  died(worker: WorkerProcess): void {
    this.#outages.died(worker.name);
    for (const request of this.#turns.get(worker)?.keys() ?? []) this.#end(worker, request, { kind: 'died' });
  }

  /** Whether the worker is in the middle of a write. */
  isWriting(worker: WorkerProcess): boolean {
    return (this.#turns.get(worker)?.size ?? 0) > 0;
  }

  async #turn(
    { request, items }: { readonly request: number; readonly items: readonly number[] },
    before: readonly ItemState[],
    worker: WorkerProcess,
  ): Promise<Written> {
    if (!worker.lives) return undefined;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    const turns = this.#turns.get(worker) ?? new Map<number, (ending: Ending) => void>();
    this.#turns.set(worker, turns.set(request, resolve));
    worker.tell({ kind: 'locked', request, states: before });
    const ending = await promise;
    if (ending.kind !== 'acknowledged') return this.#foundOut(ending, items, before, worker);
    this.score.writes++;
    const { states, at, how, isTold } = ending;
    return { states, acknowledgedAt: at, by: worker.name, how, isTold };
  }

  #end(worker: WorkerProcess, request: number, ending: Ending): void {
    const turns = this.#turns.get(worker);
    turns?.get(request)?.(ending);
    turns?.delete(request);
  }

  /** What has become of a write that was not acknowledged is what the database says. */
  async #foundOut(
    ending: Exclude<Ending, { kind: 'acknowledged' }>,
    items: readonly number[],
    before: readonly ItemState[],
    worker: WorkerProcess,
  ): Promise<Written> {
    const { score } = this;
    if (ending.kind === 'refused') score.refused++;
    if (ending.kind === 'failed') score.failed.push(`${worker.name}: write: ${ending.error}`);
    if (ending.kind === 'died') {
      score.unknown++;
      await this.#database.gone(worker.name);
    }
    const states: ItemState[] = [];
    for (const [at, state] of before.entries()) {
      states.push(await this.#database.state(items[at] ?? Number.NaN, state));
    }
    if (isDeepStrictEqual(states, before)) return undefined;
    if (ending.kind === 'refused') score.failed.push(`${worker.name}: a write of ${items.join()} was refused and made`);
    return { states, acknowledgedAt: nowMs(), by: worker.name, how: `a write that ${ending.kind}`, isTold: true };
  }

  #read(report: ReadReport, from: WorkerProcess): void {
    this.score.reads++;
    if (/^hit(, hit)*$/.test(report.told)) this.score.hits++;
    for (const seen of report.seen) this.items.whenKnown(seen.id, steps => this.#judge(seen, report, from, steps));
  }

  #judge(seen: Seen, report: ReadReport, from: WorkerProcess, steps: readonly Step[]): void {
    const { score } = this;
    const staleness = stalenessOf(seen, report, steps);
    if (!staleness) return;
    const verdict = verdictOn(staleness, report.startedAt, this.#mode, this.#outages);
    if (verdict.kind === 'broken') {
      score.stale.push(this.#described(seen, staleness, report, from.name, verdict.promise));
    } else {
      score.tolerated++;
      score.oldestToleratedMs = Math.max(score.oldestToleratedMs, verdict.ageMs);
    }
  }

  #described(
    { id }: Seen,
    { field, saw, possible, missed }: Staleness,
    { how, startedAt, told }: ReadReport,
    who: string,
    promise: string,
  ): string {
    const at = (time: number): string => `${((time - this.#startedAt) / 1_000).toFixed(3)} s`;
    const lines = [
      `${who} by "${how}" at ${at(startedAt)}: item ${id}: ${field} ${JSON.stringify(saw)} instead of ${possible.map(value => JSON.stringify(value)).join(' or ')}`,
      `promised: ${promise}; the cache: ${told || 'not asked'}; Redis: ${this.#outages.at(startedAt)}`,
    ];
    if (missed) {
      const { how: written, by, begunAt, acknowledgedAt, isTold } = missed;
      const age = (startedAt - acknowledgedAt).toFixed(1);
      lines.push(
        `missed: "${written}" by ${by}, begun at ${at(begunAt)}, acknowledged at ${at(acknowledgedAt)}, ${age} ms before, ${isTold ? 'told' : 'not told'} by then; Redis then: ${this.#outages.at(acknowledgedAt)}`,
      );
    }
    return lines.join('\n    ');
  }
}
