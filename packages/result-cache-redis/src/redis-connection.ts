import { withinDeadline } from '@mikro-kit/result-cache';
import type { Redis } from 'ioredis';

import { RedisStoreError } from './redis-store-error.ts';

/** A client that is made on first use, belongs to us, and is used only while it is connected. */
export class RedisConnection {
  readonly #make: () => Redis;
  #client: Redis | undefined;
  #connecting: Promise<void> | undefined;
  #runId: Promise<string> | undefined;

  constructor(make: () => Redis) {
    this.#make = make;
  }

  /**
   * The client, connected. Waits while it connects for the first time; while it reconnects it rejects at once, so that
   * nothing waits for a Redis that is down and nothing piles up for the time when it is back.
   */
  async ready(): Promise<Redis> {
    const client = (this.#client ??= this.#open());
    if (client.status === 'ready') return client;
    if (!CONNECTING.has(client.status))
      throw new RedisStoreError('NOT_CONNECTED', `Redis is not connected (${client.status}).`);
    this.#connecting ??= connected(client).finally(() => (this.#connecting = undefined));
    await this.#connecting;
    return client;
  }

  /** The run id of the server: another one after a restart or a failover, which may have lost acknowledged writes. */
  runId(client: Redis): Promise<string> {
    this.#runId ??= runIdOf(client);
    return this.#runId;
  }

  /** Says goodbye to a server that answers within `deadlineMs` milliseconds, and leaves one that does not. */
  async close(deadlineMs: number): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client?.status === 'ready') await withinDeadline(client.quit(), deadlineMs, 'QUIT').catch(() => undefined);
    client?.disconnect();
  }

  #open(): Redis {
    const client = this.#make();
    // Without a listener ioredis prints what the commands reject with anyway.
    client.on('error', () => undefined);
    client.on('close', () => void (this.#runId = undefined));
    return client;
  }
}

/** `wait` is that of a client with `lazyConnect`. */
const CONNECTING = new Set(['wait', 'connecting', 'connect']);

async function connected(client: Redis): Promise<void> {
  if (client.status === 'wait') return client.connect();
  await new Promise<void>((resolve, reject) => {
    const settle = (): void => {
      client.off('ready', settle).off('close', settle);
      if (client.status === 'ready') resolve();
      else reject(new RedisStoreError('NOT_CONNECTED', 'Redis could not be reached.'));
    };
    client.on('ready', settle).on('close', settle);
  });
}

async function runIdOf(client: Redis): Promise<string> {
  const info = await client.info('server');
  const [, runId] = /^run_id:(\w+)/m.exec(info) ?? [];
  if (runId === undefined) throw new RedisStoreError('BAD_REPLY', 'INFO server told no run_id.');
  return runId;
}
