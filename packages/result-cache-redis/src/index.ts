export type { ClientOptions } from './connection/held-client.ts';
export type { RedisClient } from './connection/redis-client.ts';
export type { EnvelopeOptions } from './envelope.ts';
export { RedisCacheAdapter, type RedisCacheAdapterOptions } from './redis-cache-adapter.ts';
export { isRedisStoreError, type KeyFailure, RedisStoreError, type RedisStoreErrorCode } from './redis-store-error.ts';
export type { RedisStoreOptions } from './redis-store-options.ts';
export { redisStore } from './redis-store.ts';
