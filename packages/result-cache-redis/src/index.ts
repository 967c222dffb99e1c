export { RedisCacheAdapter, type RedisCacheAdapterOptions } from './redis-cache-adapter.ts';
export { redisStore, type RedisStoreOptions } from './redis-store.ts';
export { RedisStoreError, type RedisStoreErrorCode } from './redis-store-error.ts';
