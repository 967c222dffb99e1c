import type { Cluster, Redis } from 'ioredis';

/** A client of ioredis 5 or 6: `Redis` for one server or for what Sentinels watch, `Cluster`. */
export type RedisClient = Redis | Cluster;

/** Tells them apart as ioredis does, also for a client of another installed copy. */
export function isCluster(client: RedisClient): client is Cluster {
  return client.isCluster;
}
