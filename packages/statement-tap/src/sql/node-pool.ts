import type { EventListeners } from '../event-listeners.ts';
import type { NativePool, PoolCounts, PoolEvents, PoolGauge } from '../pool.ts';
import { nativePoolOf } from './native-pool.ts';

/** The pool of one node: its gauge, and its events as they happen. */
export class NodePool {
  readonly node: string;
  readonly #events: EventListeners<PoolEvents>;
  readonly #nativeClient: () => Promise<unknown>;
  #native: NativePool | undefined;
  #open = 0;
  #held = 0;

  /** @param nativeClient the driver's own pool, asked for when the first connection has been handed out */
  constructor(node: string, events: EventListeners<PoolEvents>, nativeClient: () => Promise<unknown>) {
    this.node = node;
    this.#events = events;
    this.#nativeClient = nativeClient;
  }

  /** Undefined before the first connection was opened and after the pool was closed. */
  gauge(): PoolGauge | undefined {
    if (this.#open === 0) return undefined;
    return { node: this.node, ...(this.#native?.counts() ?? this.#counts()) };
  }

  connected(): void {
    if (this.#open++ === 0) void this.#findNative();
    this.#events.emit('connect', { node: this.node });
  }

  /** Whether anybody listens to the pool's events. */
  get isHeard(): boolean {
    return this.#events.any;
  }

  acquired(waitedUs: number): void {
    this.#held++;
    if (this.isHeard) this.#events.emit('acquire', { node: this.node, waitedUs });
  }

  released(): void {
    this.#held--;
    if (this.isHeard) this.#events.emit('release', { node: this.node });
  }

  /** The whole pool was closed; a driver that tells of each connection has done so. */
  destroyed(): void {
    const untold = this.#native ? 0 : this.#open;
    for (let left = untold; left > 0; left--) this.#closed();
    this.#native = undefined;
    this.#open = 0;
    this.#held = 0;
  }

  async #findNative(): Promise<void> {
    try {
      this.#native = nativePoolOf(await this.#nativeClient());
      this.#native?.onClose(() => this.#closed());
    } catch {
      // A dialect of the user's own has no native client that the host knows; its gauge is counted here.
      this.#native = undefined;
    }
  }

  #closed(): void {
    this.#events.emit('close', { node: this.node });
  }

  #counts(): PoolCounts {
    return {
      size: this.#open,
      inUse: this.#held,
      idle: this.#open - this.#held,
      waiting: undefined,
      limit: this.#open,
    };
  }
}
