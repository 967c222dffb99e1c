import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

import type { FromWorker, ToWorker, WorkerHealth, WorkerSetup } from '../messages.ts';

const PROGRAM = new URL('worker.ts', import.meta.url);

/** One worker process, from its start to its end. */
export class WorkerProcess {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  readonly #examinations = new Map<number, (health: WorkerHealth | undefined) => void>();
  #requests = 0;
  #lives = true;

  constructor(setup: WorkerSetup, hear: (message: FromWorker, from: WorkerProcess) => void) {
    this.name = setup.name;
    this.#child = fork(PROGRAM, [JSON.stringify(setup)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#exit = once(this.#child, 'close').then(() => this.#ended());
    this.#child.on('message', (message: FromWorker) => {
      if (message.kind === 'health') this.#examined(message.request, message.health);
      else hear(message, this);
    });
  }

  get lives(): boolean {
    return this.#lives;
  }

  tell(message: ToWorker): void {
    if (this.#lives && this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** What its cache says of itself; undefined when it is dead. */
  async examine(dependency: string): Promise<WorkerHealth | undefined> {
    const request = ++this.#requests;
    const { promise, resolve } = Promise.withResolvers<WorkerHealth | undefined>();
    this.#examinations.set(request, resolve);
    if (this.#lives) this.tell({ kind: 'examine', request, dependency });
    else this.#examined(request, undefined);
    return promise;
  }

  /** SIGKILL. Resolves when it is dead. */
  async kill(): Promise<void> {
    this.#lives = false;
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  /** Resolves when it has ended, by itself or not, and with how. */
  async ended(): Promise<string> {
    await this.#exit;
    return `${this.#child.exitCode ?? this.#child.signalCode}`;
  }

  #ended(): void {
    this.#lives = false;
    for (const request of this.#examinations.keys()) this.#examined(request, undefined);
  }

  #examined(request: number, health: WorkerHealth | undefined): void {
    this.#examinations.get(request)?.(health);
    this.#examinations.delete(request);
  }
}
