import { settle } from '../settle.ts';
import type { KyselyConnection } from './kysely-seam.ts';
import { trackStateChanges } from './state-changes.ts';

/** Sends one statement, which nobody is told of, and gives its rows. */
export type Send = (sql: string) => Promise<readonly unknown[]>;

/** Makes a new database connection ready for what is tracked on it. */
export type Prepare = (send: Send, node: string) => Promise<void>;

/** What is done with a new database connection before its first statement. */
export class Preparation {
  readonly #warn: (message: string) => void;
  #steps: readonly Prepare[] = [];
  #warned = false;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Whether replies are looked into. */
  get isTracked(): boolean {
    return this.#steps.length > 0;
  }

  track(prepare: Prepare): () => void {
    trackStateChanges();
    this.#steps = [...this.#steps, prepare];
    return () => void (this.#steps = this.#steps.filter(step => step !== prepare));
  }

  /** Never rejects: a connection that cannot be prepared is handed out as it is. */
  async prepare(execute: KyselyConnection['executeQuery'], node: string): Promise<void> {
    const send: Send = async sql => (await execute({ sql, parameters: [] })).rows;
    for (const step of this.#steps) {
      const settled = await settle(() => step(send, node));
      if ('error' in settled && !this.#warned) {
        this.#warned = true;
        this.#warn(`A new connection to ${node} could not be prepared: ${messageOf(settled.error)}`);
      }
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
