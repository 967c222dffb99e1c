import { withinDeadline } from '@mikro-kit/result-cache';
import type { Redis } from 'ioredis';

import { isCluster, type RedisClient } from '../connection/redis-client.ts';
import { RedisStoreError } from '../redis-store-error.ts';

/** What a {@link BusLine} tells. */
export interface BusLineListener {
  message(text: string): void;
  /** The line is dead; nothing follows. */
  ended(): void;
}

/** How long a server may take to answer on the line, in milliseconds. Silence is no sign of life. */
const ANSWER_MS = 1_000;

/** How long a connection may take to be made, in milliseconds; with Sentinels they are asked first. */
const CONNECT_MS = 3_000;

/** How often it is asked, in milliseconds. */
const ASK_EVERY_MS = 1_000;

/** A connection of its own that hears a channel, until it ends. */
export class BusLine {
  readonly #redis: Redis;
  readonly #isServing: () => boolean;
  readonly #listener: BusLineListener;
  #asking: NodeJS.Timeout | undefined;
  #hasEnded = false;

  private constructor(redis: Redis, isServing: () => boolean, listener: BusLineListener) {
    this.#redis = redis;
    this.#isServing = isServing;
    this.#listener = listener;
    redis.on('error', () => undefined);
    redis.on('message', (_channel, text) => this.#hasEnded || listener.message(text));
  }

  /** Opens one, to the server of `client` or to one of its primaries. Rejects when that cannot be done now. */
  static async open(client: RedisClient, channel: string, listener: BusLineListener): Promise<BusLine> {
    const { redis, isServing } = lineTo(client);
    const line = new BusLine(redis, isServing, listener);
    try {
      await withinDeadline(redis.connect(), CONNECT_MS, 'The connection for the bus');
      await withinDeadline(redis.subscribe(channel), ANSWER_MS, 'SUBSCRIBE');
      if (redis.status !== 'ready') throw new RedisStoreError('NOT_CONNECTED', 'The line was cut off at once.');
    } catch (error) {
      line.close();
      throw error;
    }
    redis.once('end', () => line.#end());
    line.#asking = setInterval(() => void line.#ask(), ASK_EVERY_MS).unref();
    return line;
  }

  /** Nothing is told any more. */
  close(): void {
    this.#hasEnded = true;
    clearInterval(this.#asking);
    this.#redis.disconnect();
  }

  async #ask(): Promise<void> {
    try {
      if (!this.#isServing()) throw new RedisStoreError('SERVER_CHANGED', 'The server left the Cluster.');
      await withinDeadline(this.#redis.ping(), ANSWER_MS, 'PING');
    } catch {
      this.#end();
    }
  }

  /** At once: a server that does not answer does not hang up either. */
  #end(): void {
    if (this.#hasEnded) return;
    this.close();
    this.#listener.ended();
  }
}

function lineTo(client: RedisClient): { readonly redis: Redis; readonly isServing: () => boolean } {
  if (!isCluster(client)) return { redis: client.duplicate(LINE), isServing: () => true };
  const nodes = client.nodes('master');
  const node = nodes[Math.floor(Math.random() * nodes.length)];
  if (!node) throw new RedisStoreError('NOT_CONNECTED', `The Cluster is not connected (${client.status}).`);
  const { host, port } = node.options;
  const isServing = (): boolean =>
    client.nodes('all').some(({ options }) => options.host === host && options.port === port);
  return { redis: node.duplicate(LINE), isServing };
}

/** It is opened anew by us, who tell of it. */
const LINE = {
  lazyConnect: true,
  retryStrategy: () => null,
  sentinelRetryStrategy: () => null,
  autoResubscribe: false,
  enableAutoPipelining: false,
  maxRetriesPerRequest: 0,
  connectTimeout: 2_000,
} as const;
