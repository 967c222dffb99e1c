import { setTimeout as delay } from 'node:timers/promises';

import type { Random } from '../../result-cache/torture/random.ts';
import type { FromWorker, WorkerHealth, WorkerSetup } from '../messages.ts';
import { WorkerProcess } from './worker-process.ts';

/** What a crew stands on. */
export interface CrewContext {
  readonly size: number;
  /** Of the next worker in one of the places, which are counted from 0. */
  readonly setup: (place: number, name: string) => WorkerSetup;
  readonly hear: (message: FromWorker, from: WorkerProcess) => void;
  /** Told when a worker is dead, after its last message. */
  readonly died: (worker: WorkerProcess) => void;
}

/** So many worker processes, each of which is replaced when it is killed. */
export class Crew {
  readonly #context: CrewContext;
  readonly #workers: WorkerProcess[] = [];
  readonly #ready = new Set<WorkerProcess>();
  #names = 0;

  constructor(context: CrewContext) {
    this.#context = context;
    for (let at = 0; at < context.size; at++) this.#workers[at] = this.#start(at);
  }

  /** Resolves when all work. */
  async works(): Promise<void> {
    while (this.#workers.some(worker => !this.#ready.has(worker))) {
      this.#refuseUnlessAlive();
      await delay(20);
    }
  }

  /** Kills a worker that `is` what is wanted, a moment after it is, and starts another. Says which. */
  async kill(is: (worker: WorkerProcess) => boolean, random: Random): Promise<string | undefined> {
    const wanted = this.#workers.filter(worker => this.#ready.has(worker) && is(worker));
    if (wanted.length === 0) return undefined;
    const worker = random.pick(wanted);
    const at = this.#workers.indexOf(worker);
    await delay(random.next() * MOMENT_MS);
    await worker.kill();
    this.#ready.delete(worker);
    this.#context.died(worker);
    this.#workers[at] = this.#start(at);
    return worker.name;
  }

  /** What the caches of those that work say of themselves. */
  async health(dependency: string): Promise<readonly WorkerHealth[]> {
    this.#refuseUnlessAlive();
    const told = await Promise.all([...this.#ready].map(worker => worker.examine(dependency)));
    return told.filter(health => health !== undefined);
  }

  /** Has all write no more. */
  calm(): void {
    for (const worker of this.#workers) worker.tell({ kind: 'calm' });
  }

  /** Ends all, and tells how those ended that did not end well. */
  async stop(): Promise<readonly string[]> {
    for (const worker of this.#workers) worker.tell({ kind: 'stop' });
    const ends = this.#workers.map(async worker => {
      const end = await Promise.race([worker.ended(), delay(STOP_MS, 'no end', { ref: false })]);
      if (end === 'no end') await worker.kill();
      return end === '0' ? [] : [`${worker.name} ended with ${end}`];
    });
    return (await Promise.all(ends)).flat();
  }

  /** Ends all at once, whatever they do. */
  async abandon(): Promise<void> {
    await Promise.all(this.#workers.filter(({ lives }) => lives).map(worker => worker.kill()));
  }

  #start(at: number): WorkerProcess {
    const setup = this.#context.setup(at, `torture-${at}.${++this.#names}`);
    return new WorkerProcess(setup, (message, from) => {
      if (message.kind === 'ready') this.#ready.add(from);
      this.#context.hear(message, from);
    });
  }

  #refuseUnlessAlive(): void {
    const dead = this.#workers.find(worker => this.#ready.has(worker) && !worker.lives);
    if (dead) throw new Error(`${dead.name} died by itself.`);
  }
}

/** So that some die before their commit, some after it. */
const MOMENT_MS = 8;
const STOP_MS = 20_000;
