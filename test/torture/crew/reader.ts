import { setTimeout as delay } from 'node:timers/promises';

import { getResultCache } from '@mikro-kit/result-cache';
import type { MikroORM } from '@mikro-orm/postgresql';

import { itemIds } from '../../result-cache/torture/ids.ts';
import type { Random } from '../../result-cache/torture/random.ts';
import { reads } from '../../result-cache/torture/readers.ts';
import type { Seen } from '../../result-cache/torture/ways.ts';
import { nowMs } from '../clock.ts';
import type { FromWorker, ReadReport } from '../messages.ts';

/** Between two reads of one loop, at most, in milliseconds. */
const PAUSE_MS = 6;
const REPORT_EVERY_MS = 20;
const WAYS = Object.keys(reads);

/** Reads in every way, and tells what it saw. */
export class Reader {
  readonly #orm: MikroORM;
  readonly #tell: (message: FromWorker) => void;
  readonly #loops: Promise<void>[] = [];
  #reports: ReadReport[] = [];
  #stopping = false;

  constructor(orm: MikroORM, tell: (message: FromWorker) => void) {
    this.#orm = orm;
    this.#tell = tell;
    setInterval(() => this.#flush(), REPORT_EVERY_MS).unref();
  }

  /** One more loop. */
  start(random: Random): void {
    this.#loops.push(this.#loop(random));
  }

  /** Resolves when all is told. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
    this.#flush();
  }

  async #loop(random: Random): Promise<void> {
    while (!this.#stopping) {
      await this.#read(random.pick(WAYS), random.pick(itemIds));
      await delay(random.next() * PAUSE_MS);
    }
  }

  async #read(how: string, id: number): Promise<void> {
    const cache = getResultCache(this.#orm);
    const startedAt = nowMs();
    let seen: readonly Seen[] = [];
    try {
      const told = await cache.explain(async () => {
        seen = (await reads[how]?.(this.#orm.em.fork(), id, cache)) ?? [];
      });
      this.#reports.push({ how, startedAt, endedAt: nowMs(), seen, told: told.map(textOf).join(', ') });
    } catch (error) {
      this.#tell({ kind: 'read failed', how, error: error instanceof Error ? (error.stack ?? '') : String(error) });
    }
  }

  #flush(): void {
    if (this.#reports.length === 0) return;
    this.#tell({ kind: 'read', reports: this.#reports });
    this.#reports = [];
  }
}

type Told = Awaited<ReturnType<ReturnType<typeof getResultCache>['explain']>>[number];

function textOf(told: Told): string {
  if (told.kind === 'hit') return 'hit';
  return told.kind === 'miss' ? `miss (${told.because})` : `${told.kind} (${told.reason})`;
}
