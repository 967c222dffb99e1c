import type { Redis } from 'ioredis';

import { ServerLink } from './server-link.ts';
import type { Servers } from './servers.ts';

/** One server: the one at an address, or the primary that Sentinels name at the time. */
export function singleServer(redis: Redis, isOurs: boolean): Servers {
  const link = new ServerLink(redis, { isOurs, isPooled: false });
  return {
    isCluster: false,
    addedPrefix: redis.options.keyPrefix ?? '',
    wantedPrefix: '',
    ready: async () => undefined,
    owners: keys => new Map([[link, keys.map((_, at) => at)]]),
    at: () => undefined,
    all: () => [link],
    refresh: async () => undefined,
    leave: () => link.leave(),
  };
}
