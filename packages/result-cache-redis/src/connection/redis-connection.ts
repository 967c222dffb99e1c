import { ClusterServers } from './cluster-servers.ts';
import { holdClient, releaseClient, type ClientOptions, type HeldClient } from './held-client.ts';
import { isCluster } from './redis-client.ts';
import type { Servers } from './servers.ts';
import { singleServer } from './single-server.ts';

interface Opened {
  readonly held: HeldClient;
  readonly servers: Servers;
}

/** The client and the servers behind it: made on first use, given back at the end. */
export class RedisConnection {
  readonly #options: ClientOptions;
  readonly #deadlineMs: number;
  #opened: Promise<Opened> | undefined;
  #servers: Servers | undefined;

  /** @param deadlineMs how long a connection is waited for, in milliseconds. */
  constructor(options: ClientOptions, deadlineMs: number) {
    this.#options = options;
    this.#deadlineMs = deadlineMs;
  }

  /** The servers, if it is known who holds what. */
  get readyServers(): Servers | undefined {
    return this.#servers?.isReady ? this.#servers : undefined;
  }

  /** The servers, once it is known who holds what. */
  async servers(): Promise<Servers> {
    const { servers } = await this.#open();
    await servers.ready(this.#deadlineMs);
    return servers;
  }

  async client(): Promise<HeldClient['client']> {
    return (await this.#open()).held.client;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    this.#servers = undefined;
    if (!opened) return;
    await releaseClient(opened.held, this.#deadlineMs);
    opened.servers.leave();
  }

  #open(): Promise<Opened> {
    if (this.#opened) return this.#opened;
    const opened = open(this.#options);
    this.#opened = opened;
    void this.#remember(opened);
    return opened;
  }

  async #remember(opened: Promise<Opened>): Promise<void> {
    const servers = await opened.then(
      found => found.servers,
      () => undefined,
    );
    if (this.#opened !== opened) return;
    this.#servers = servers;
    if (!servers) this.#opened = undefined;
  }
}

async function open(options: ClientOptions): Promise<Opened> {
  const held = await holdClient(options);
  const { client, isOurs } = held;
  return { held, servers: isCluster(client) ? new ClusterServers(client, isOurs) : singleServer(client, isOurs) };
}
