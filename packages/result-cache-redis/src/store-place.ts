import type { RedisConnection } from './connection/redis-connection.ts';
import type { Servers } from './connection/servers.ts';
import { StoreKeys } from './store-keys.ts';

/** Where a store is. */
export interface StorePlace {
  readonly connection: RedisConnection;
  /** What all keys start with, as its user gave it. */
  readonly prefix: string;
  /** How long one request is waited for, in milliseconds. */
  readonly deadlineMs: number;
}

/** The servers, as soon as they can be asked, and the names that the keys have there. */
export async function reach({ connection, prefix }: StorePlace): Promise<{ servers: Servers; keys: StoreKeys }> {
  const servers = await connection.servers();
  return { servers, keys: new StoreKeys(servers.wantedPrefix + prefix) };
}
