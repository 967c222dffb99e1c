export { Cacheable, cacheable, type CacheableOptions, type CacheableTarget } from './annotation.ts';
export type { Explanation } from './cached-reads.ts';
export { decodeExact, encodeExact } from './exact-codec.ts';
export { memoryStore, type MemoryStoreOptions } from './memory-store.ts';
export { getResultCache, resultCache, type ResultCache, type ResultCacheOptions } from './result-cache.ts';
export { isResultCacheError, ResultCacheError, type ResultCacheErrorCode } from './result-cache-error.ts';
export type { BypassReason, CacheStatistics } from './statistics.ts';
export type { CacheStore, Stamp, StoreRead, StoreSize } from './store.ts';
