import type { RedisConnection } from './connection/redis-connection.ts';
import type { Servers } from './connection/servers.ts';
import { StoreKeys } from './store-keys.ts';

/** The servers that hold a store, and the names that its keys have there. */
export interface Reached {
  readonly servers: Servers;
  readonly keys: StoreKeys;
}

/** Where a store is. */
export class StorePlace {
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  /** How long one request is waited for, in milliseconds. */
  readonly deadlineMs: number;
  #known: Reached | undefined;

  /** @param prefix what all keys start with, as its user gave it */
  constructor(connection: RedisConnection, prefix: string, deadlineMs: number) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.deadlineMs = deadlineMs;
  }

  /** What can be asked at once; undefined while that has to be waited for. */
  get reached(): Reached | undefined {
    const servers = this.#connection.readyServers;
    return servers && this.#named(servers);
  }

  /** The same as soon as it can be asked. */
  async reach(): Promise<Reached> {
    return this.#named(await this.#connection.servers());
  }

  #named(servers: Servers): Reached {
    if (this.#known?.servers !== servers) {
      this.#known = { servers, keys: new StoreKeys(servers.wantedPrefix + this.#prefix) };
    }
    return this.#known;
  }
}
