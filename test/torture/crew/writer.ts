import { setTimeout as delay } from 'node:timers/promises';

import { getResultCache } from '@mikro-kit/result-cache';
import type { MikroORM } from '@mikro-orm/postgresql';
import { Client } from 'pg';

import { itemIds } from '../../result-cache/torture/ids.ts';
import type { ItemState } from '../../result-cache/torture/model.ts';
import { Random } from '../../result-cache/torture/random.ts';
import { ways } from '../../result-cache/torture/writers.ts';
import { nowMs } from '../clock.ts';
import type { FromWorker, WriteOutcome } from '../messages.ts';

/** Between two writes of one loop, at most, in milliseconds, and in multiples of what the last one took: leaves readers moments in which nothing is written. */
const PAUSE_MS = 400;
const PAUSE_FACTOR = 3;
const SHARE_OF_BULK = 0.03;
const SHARE_OF_PLANTED = 0.3;

/** Writes in every way, each item when its turn comes, and tells how each write ended. */
export class Writer {
  readonly #orm: MikroORM;
  readonly #tell: (message: FromWorker) => void;
  readonly #plant: boolean;
  readonly #loops: Promise<void>[] = [];
  readonly #waiting = new Map<number, (states: readonly ItemState[]) => void>();
  #requests = 0;
  #stopping = false;

  /** @param plant some writes go past the cache */
  constructor(orm: MikroORM, tell: (message: FromWorker) => void, plant: boolean) {
    this.#orm = orm;
    this.#tell = tell;
    this.#plant = plant;
  }

  /** One more loop. */
  start(random: Random): void {
    this.#loops.push(this.#loop(random));
  }

  /** Resolves when the last write has ended. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#loops);
  }

  /** The turn that was asked for by this request has come. */
  locked(request: number, states: readonly ItemState[]): void {
    this.#waiting.get(request)?.(states);
    this.#waiting.delete(request);
  }

  async #loop(random: Random): Promise<void> {
    while (!this.#stopping) {
      const request = ++this.#requests;
      const items = random.next() < SHARE_OF_BULK ? itemIds : [random.pick(itemIds)];
      const { promise: turn, resolve } = Promise.withResolvers<readonly ItemState[]>();
      this.#waiting.set(request, resolve);
      this.#tell({ kind: 'lock', request, items });
      const before = await turn;
      const begunAt = nowMs();
      const outcome = await this.#written(items, before, random);
      this.#tell({ kind: 'wrote', request, outcome });
      await delay(random.next() ** 2 * PAUSE_MS + PAUSE_FACTOR * Math.min(nowMs() - begunAt, PAUSE_MS));
    }
  }

  async #written(items: readonly number[], before: readonly ItemState[], random: Random): Promise<WriteOutcome> {
    try {
      const { how, states } = await this.#write(items, before, random);
      const isTold = getResultCache(this.#orm).stats().undelivered === 0;
      return { kind: 'acknowledged', at: nowMs(), how, states, isTold };
    } catch (error) {
      if (isRefusal(error)) return { kind: 'refused' };
      return { kind: 'failed', error: error instanceof Error ? (error.stack ?? '') : String(error) };
    }
  }

  async #write(
    items: readonly number[],
    before: readonly ItemState[],
    random: Random,
  ): Promise<{ how: string; states: readonly ItemState[] }> {
    const [id, state] = [items[0], before[0]];
    if (items.length > 1 || id === undefined || !state) {
      await ways.countAllOn(this.#orm.em.fork());
      return { how: 'update of all', states: before.map(stepped) };
    }
    if (this.#plant && random.next() < SHARE_OF_PLANTED) {
      await this.#past(`update item set version = version + 1 where id = ${id}`);
      return { how: 'past the cache', states: [stepped(state)] };
    }
    const noted = new NotedRandom(random);
    const after = await ways.writeOne(this.#orm.em.fork(), id, state, noted);
    return { how: howFrom(state, after, noted.picked), states: [after] };
  }

  /** By a connection that the cache does not know. */
  async #past(sql: string): Promise<void> {
    const { host, port, user, dbName: database } = this.#orm.config.getAll();
    const client = new Client({ host, port, user, database });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  }
}

/** Knows what was picked last: the way to write. */
class NotedRandom extends Random {
  readonly #from: Random;
  picked = '';

  constructor(from: Random) {
    super(0);
    this.#from = from;
  }

  override next(): number {
    return this.#from.next();
  }

  override pick<T>(from: readonly T[]): T {
    const picked = super.pick(from);
    this.picked = String(picked);
    return picked;
  }
}

function howFrom(before: ItemState, after: ItemState, picked: string): string {
  if (after.exists !== before.exists) return after.exists ? 'insert' : 'delete';
  if (after.version !== before.version) return picked;
  return after.hasPart === before.hasPart ? 'collection' : 'part';
}

function stepped(state: ItemState): ItemState {
  return state.exists ? { ...state, version: state.version + 1 } : state;
}

function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return ('code' in error && error.code === 'STATEMENT_REFUSED') || isRefusal(error.cause);
}
