export { cacheRedis } from './cache-redis.ts';
export { querySpec } from './query-spec.ts';
export { readWriteSplit } from './read-write-split.ts';
export { tap } from './tap.ts';
