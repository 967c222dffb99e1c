import type { RedisClient } from '@mikro-kit/result-cache-redis';
import * as ioredis6 from 'ioredis';
import * as ioredis5 from 'ioredis-5';

import { redis, redisCluster, redisSentinel } from '../servers/index.ts';

/** Servers of one kind, and clients of them. */
export interface Topology extends AsyncDisposable {
  /** Makes a client of a major version of ioredis. */
  client(version: ClientVersion, options?: ClientSettings): RedisClient;
}

/** The majors of ioredis that the package takes. */
export type ClientVersion = (typeof versions)[number];
export const versions = [5, 6] as const;

/** What tests set on clients. */
export interface ClientSettings {
  readonly keyPrefix?: string;
  readonly lazyConnect?: boolean;
}

type Library = typeof ioredis6;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one face, but classes of two copies are different types
const libraries: Record<ClientVersion, Library> = { 5: ioredis5 as unknown as Library, 6: ioredis6 };

/** How to start each. */
export const topologies = {
  'one server': async (): Promise<Topology> => {
    const group = await redis();
    return {
      client: (version, options = {}) => new libraries[version].Redis(group.primary.url, options),
      [Symbol.asyncDispose]: group.stop,
    };
  },
  Sentinel: async (): Promise<Topology> => {
    const group = await redisSentinel();
    return {
      client: (version, options = {}) => new libraries[version].Redis({ ...group.ioredisOptions(), ...options }),
      [Symbol.asyncDispose]: group.stop,
    };
  },
  Cluster: async (): Promise<Topology> => {
    const group = await redisCluster();
    return {
      client: (version, options = {}) => new libraries[version].Cluster(group.startupNodes(), options),
      [Symbol.asyncDispose]: group.stop,
    };
  },
} satisfies Record<string, () => Promise<Topology>>;
