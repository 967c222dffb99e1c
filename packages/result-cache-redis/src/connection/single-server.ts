import type { Redis } from 'ioredis';

import { ServerLink } from './server-link.ts';
import type { OneServer } from './servers.ts';

/** One server: the one at an address, or the primary that Sentinels name at the time. */
export function singleServer(redis: Redis, isOurs: boolean): OneServer {
  const link = new ServerLink(redis, { isOurs, isPooled: false });
  return {
    only: link,
    addedPrefix: redis.options.keyPrefix ?? '',
    wantedPrefix: '',
    isReady: true,
    ready: async () => undefined,
    all: () => [link],
    leave: () => link.leave(),
  };
}
