import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

import { redisStore } from '@mikro-kit/result-cache-redis';

import { Random } from '../result-cache/torture/random.ts';
import { until } from '../servers/index.ts';
import { nowMs } from './clock.ts';
import { Crew } from './crew/crew.ts';
import { openDatabase } from './database-world.ts';
import { faults } from './faults/faults.ts';
import { EXPIRATION_MS, type Mode } from './mode.ts';
import { Outages } from './oracle/outages.ts';
import { openRedis, redisClient, type RedisWorld } from './redis-world.ts';
import { Referee, type Score } from './referee.ts';

/** What to run. */
export interface TortureOptions {
  readonly mode: Mode;
  readonly seconds: number;
  readonly seed: number;
  /** Some writes go past the cache. */
  readonly plant: boolean;
  /** Ends early after so many findings. Default 30. */
  readonly mostFindings?: number;
}

/** How far a run is; `fault`: what is on. */
export type Progress = (state: { readonly score: Score; readonly doneMs: number; readonly fault: string }) => void;

/** One thing that was done to Redis or to a worker. */
export interface Fault {
  readonly what: string;
  /** Until Redis was there for all workers and told of everything. */
  readonly recoveredMs?: number;
}

/** What came of it. */
export interface Report extends TortureOptions {
  readonly score: Score;
  readonly faults: readonly Fault[];
  /** Dependencies that Redis was never told of. */
  readonly undelivered: number;
  /** Hits in memory, of all looks into memory by the workers that were alive in the end. */
  readonly l1Hits: number;
}

/** Whether the run kept the promise of its mode. */
export function isSound({ score, undelivered }: Report): boolean {
  return score.stale.length === 0 && score.failed.length === 0 && undelivered === 0;
}

const WORKERS = 3;
/** Without a fault, at first and between two of them, in milliseconds. */
const CALM_MS = 3_000;
const BETWEEN_KILLS_MS = 5_000;
/** Readers go on for so long after the last write, in milliseconds. */
const AFTERWARDS_MS = 1_000;
const MOST_FINDINGS = 30;

/** Starts the servers and the workers, breaks them for `seconds`, and tells what the workers saw. */
export async function torture(options: TortureOptions, progress: Progress = () => undefined): Promise<Report> {
  await using database = await openDatabase();
  await using redis = await openRedis(options.mode, WORKERS);
  const outages = new Outages();
  const referee = new Referee(options.mode.name, database, outages);
  const random = new Random(options.seed);
  const prefix = `torture:${randomUUID()}:`;
  const crew = new Crew({
    size: WORKERS,
    setup: (place, name) => ({
      name,
      seed: Math.floor(random.next() * 2 ** 31),
      database: database.options,
      redis: redis.lines[place]?.address ?? redis.address,
      prefix,
      cache: { ...options.mode.cache, expiration: EXPIRATION_MS },
      plant: options.plant,
    }),
    hear: (message, from) => referee.hear(message, from),
    died: worker => referee.died(worker),
  });
  const run = new Run(options, { redis, outages, referee, crew, random, prefix });
  try {
    return await run.done(progress);
  } finally {
    await crew.abandon();
  }
}

interface Parts {
  readonly redis: RedisWorld;
  readonly outages: Outages;
  readonly referee: Referee;
  readonly crew: Crew;
  readonly random: Random;
  readonly prefix: string;
}

class Run {
  readonly #options: TortureOptions;
  readonly #parts: Parts;
  readonly #faults: Fault[] = [];
  #startedAt = 0;
  #fault = 'none';

  constructor(options: TortureOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
  }

  async done(progress: Progress): Promise<Report> {
    const { crew, referee } = this.#parts;
    await crew.works();
    this.#startedAt = nowMs();
    const showing = setInterval(() => progress(this.#progress()), 100);
    try {
      await Promise.all([this.#breakRedis(), this.#killWorkers()]);
      await crew.works();
      crew.calm();
      await referee.items.settled();
      await this.#healthy();
      await delay(AFTERWARDS_MS);
    } finally {
      clearInterval(showing);
    }
    return this.#report();
  }

  async #report(): Promise<Report> {
    const { crew, referee } = this.#parts;
    const health = await crew.health('torture');
    referee.score.failed.push(...(await crew.stop()));
    await referee.items.settled();
    return {
      ...this.#options,
      score: referee.score,
      faults: this.#faults,
      undelivered: health.reduce((sum, { undelivered }) => sum + undelivered, 0),
      l1Hits: health.reduce((sum, { l1Hits }) => sum + l1Hits, 0),
    };
  }

  async #breakRedis(): Promise<void> {
    const { redis, outages, random } = this.#parts;
    const names = this.#options.mode.faults;

    await this.#calm(CALM_MS);
    for (let at = Math.floor(random.next() * names.length); this.#goesOn(); at++) {
      const name = names[at % names.length] ?? 'restarted';
      const outage = outages.begin(`Redis ${name}`);
      this.#fault = outage.what;
      await faults[name](redis, random);
      const healedAt = nowMs();
      await this.#healthy();
      outages.end(outage);
      this.#fault = 'none';
      this.#faults.push({ what: outage.what, recoveredMs: outage.until - healedAt });
      await this.#calm(CALM_MS * (0.5 + random.next()));
    }
  }

  async #killWorkers(): Promise<void> {
    const { crew, referee, random } = this.#parts;
    await this.#calm(BETWEEN_KILLS_MS / 2);
    while (this.#goesOn()) {
      const killed = await crew.kill(worker => referee.isWriting(worker), random);
      if (killed !== undefined) {
        this.#faults.push({ what: 'worker killed in a write' });
        await crew.works();
      }
      await this.#calm(killed === undefined ? 1 : BETWEEN_KILLS_MS * (0.5 + random.next()));
    }
  }

  /** Until every worker has its Redis, the same one as everybody, and has told it everything. */
  async #healthy(): Promise<void> {
    const { crew, redis, prefix } = this.#parts;
    const isHealthy = async (): Promise<boolean> => {
      const store = redisStore({ client: () => redisClient(redis.address), prefix, commandTimeoutMs: 1_000 });
      const dependency = `torture:${randomUUID()}`;
      try {
        const [stamp] = await store.stamp([dependency]);
        const nonce = stamp?.state === 'set' ? stamp.nonce : undefined;
        const all = await crew.health(dependency);
        return all.every(health => health.undelivered === 0 && health.nonce === nonce);
      } finally {
        await store.close();
      }
    };
    // Twice: what is being told counts as told.
    for (let times = 0; times < 2; times++) await until(isHealthy, { what: 'all workers to have Redis', pollMs: 50 });
  }

  async #calm(ms: number): Promise<void> {
    for (const end = nowMs() + ms; this.#goesOn() && nowMs() < end;) await delay(Math.min(50, ms));
  }

  #goesOn(): boolean {
    const { seconds, mostFindings = MOST_FINDINGS } = this.#options;
    const { stale, failed } = this.#parts.referee.score;
    return nowMs() - this.#startedAt < seconds * 1_000 && stale.length + failed.length < mostFindings;
  }

  #progress(): Parameters<Progress>[0] {
    return { score: this.#parts.referee.score, doneMs: nowMs() - this.#startedAt, fault: this.#fault };
  }
}
