import type { EventListeners } from '../event-listeners.ts';
import type { PoolEvents, PoolGauge } from '../pool.ts';
import type { MongoClient } from './mongo-events.ts';

/** `maxPoolSize` of the driver when it is not set. */
const DEFAULT_LIMIT = 100;

/** The pools of one client, for all servers that it talks to together; counted by the driver's own events. */
export class MongoPool {
  readonly node: string;
  readonly #events: EventListeners<PoolEvents>;
  #limit = DEFAULT_LIMIT;
  #size = 0;
  #inUse = 0;
  #waiting = 0;
  #asked: number[] = [];

  constructor(node: string, events: EventListeners<PoolEvents>) {
    this.node = node;
    this.#events = events;
  }

  gauge(): PoolGauge | undefined {
    if (this.#size === 0) return undefined;
    const idle = this.#size - this.#inUse;
    return { node: this.node, size: this.#size, inUse: this.#inUse, idle, waiting: this.#waiting, limit: this.#limit };
  }

  watch(client: MongoClient): void {
    this.#limit = client.options.maxPoolSize ?? DEFAULT_LIMIT;
    const { node } = this;
    client.on('connectionCreated', () => {
      this.#size++;
      this.#events.emit('connect', { node });
    });
    client.on('connectionClosed', () => {
      this.#size--;
      this.#events.emit('close', { node });
    });
    client.on('connectionCheckOutStarted', () => void (this.#waiting++, this.#asked.push(performance.now())));
    client.on('connectionCheckOutFailed', () => void this.#answered());
    client.on('connectionCheckedOut', () => {
      this.#inUse++;
      this.#events.emit('acquire', { node, waitedUs: this.#answered() });
    });
    client.on('connectionCheckedIn', () => {
      this.#inUse--;
      this.#events.emit('release', { node });
    });
  }

  /** The driver serves its wait queue in order, so the oldest question is the one that was answered. */
  #answered(): number {
    this.#waiting--;
    const asked = this.#asked.shift();
    return asked === undefined ? 0 : (performance.now() - asked) * 1_000;
  }
}
