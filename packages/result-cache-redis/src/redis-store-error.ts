/** Why a {@link RedisStoreError} was thrown. */
export type RedisStoreErrorCode = 'NOT_CONNECTED' | 'RECONNECTED' | 'BAD_REPLY';

/** What Redis could not do for the cache. No query fails with it: it shows in `getResultCache(orm).stats().lastFailure`. */
export class RedisStoreError extends Error {
  override readonly name = 'RedisStoreError';
  readonly code: RedisStoreErrorCode;

  constructor(code: RedisStoreErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
