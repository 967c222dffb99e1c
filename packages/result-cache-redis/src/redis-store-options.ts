import type { Redis } from 'ioredis';

import type { ClientOptions } from './connection/held-client.ts';
import type { EnvelopeOptions } from './envelope.ts';
import { RedisStoreError } from './redis-store-error.ts';

/** Options of {@link redisStore}. */
export interface RedisStoreOptions extends ClientOptions, EnvelopeOptions {
  /** What all keys start with. Give each database its own. Default `mikro-kit:`. */
  readonly prefix?: string;
  /** How long a query waits for one request to Redis before it goes on without it, in milliseconds. Default 100. */
  readonly commandTimeoutMs?: number;
  /**
   * Gives a client of a replica, such as `new Redis({ sentinels, name, role: 'slave' })`, from which entries are read
   * while their stamps come from the primary: an entry of a replica that lags does not count. While the replica cannot be
   * read, the primary is. Not for a Cluster. Default: everything is read from the primary.
   */
  readonly replica?: () => Redis;
}

/** @throws RedisStoreError `INVALID_OPTION` */
export function refuseImpossible(factory: string, commandTimeoutMs: number): void {
  if (commandTimeoutMs > 0 && Number.isFinite(commandTimeoutMs)) return;
  const problem = `${factory}: commandTimeoutMs must be more than 0 milliseconds, got ${commandTimeoutMs}.`;
  throw new RedisStoreError('INVALID_OPTION', problem);
}
