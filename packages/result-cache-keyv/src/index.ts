export { KeyvCacheAdapter, type KeyvCacheAdapterOptions } from './keyv-cache-adapter.ts';
export type { KeyvLike } from './keyv-client.ts';
export { keyvStore, type KeyvStoreOptions } from './keyv-store.ts';
export { KeyvStoreError, type KeyvStoreErrorCode } from './keyv-store-error.ts';
