import type { BusListener } from '@mikro-kit/result-cache';

import type { RedisClient } from '../connection/redis-client.ts';
import { BusLine } from './bus-line.ts';
import { decodeMessage } from './bus-message.ts';
import { HeardSenders } from './heard-senders.ts';

type State =
  /** Nobody listens. */
  | { readonly kind: 'closed' }
  | { readonly kind: 'opening' }
  | { readonly kind: 'open'; readonly line: BusLine }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout };

/** Between two tries to open a line, in milliseconds: doubled each time, and spread by half. */
const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5_000;

/** Tells listeners of the bumps of all processes, over a line that is opened for the first and closed after the last. */
export class Bus {
  readonly #client: () => Promise<RedisClient>;
  readonly #channel: string;
  readonly #listeners = new Set<BusListener>();
  readonly #senders = new HeardSenders();
  #state: State = { kind: 'closed' };
  #failures = 0;

  constructor(client: () => Promise<RedisClient>, channel: string) {
    this.#client = client;
    this.#channel = channel;
  }

  listen(listener: BusListener): () => void {
    this.#listeners.add(listener);
    if (this.#state.kind === 'closed') void this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    if (state.kind === 'open') state.line.close();
    if (state.kind === 'waiting') clearTimeout(state.timer);
  }

  async #open(): Promise<void> {
    const opening: State = { kind: 'opening' };
    this.#state = opening;
    try {
      const client = await this.#client();
      const line = await BusLine.open(client, this.#channel, {
        message: text => this.#heard(text),
        ended: () => this.#cutOff('the connection ended'),
      });
      if (this.#state !== opening) return line.close();
      this.#state = { kind: 'open', line };
      this.#failures = 0;
      this.#senders.clear();
      this.#lost('connected anew');
    } catch (error) {
      if (this.#state === opening) this.#cutOff(error instanceof Error ? error.message : String(error));
    }
  }

  #cutOff(why: string): void {
    if (this.#state.kind === 'closed') return;
    const retryMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LAST_RETRY_MS) * (0.5 + Math.random() / 2);
    this.#state = { kind: 'waiting', timer: setTimeout(() => void this.#open(), retryMs).unref() };
    this.#lost(why);
  }

  #heard(text: string): void {
    const message = decodeMessage(text);
    if (!message) return this.#lost('a message that cannot be read');
    const { from, number, dependencies } = message;
    if (this.#senders.missedBefore(from, number)) return this.#lost('a gap');
    if (!dependencies) return this.#lost('more changes than are worth a list');
    for (const listener of this.#listeners) listener.changed(dependencies);
  }

  #lost(why: string): void {
    for (const listener of this.#listeners) listener.lost(why);
  }
}
