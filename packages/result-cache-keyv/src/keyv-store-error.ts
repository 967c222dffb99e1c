/** Why a {@link KeyvStoreError} was thrown. */
export type KeyvStoreErrorCode = 'BACKEND_FAILED' | 'WRITE_FAILED';

/** What Keyv could not do for the cache. No query fails with it: it shows in `getResultCache(orm).stats().lastFailure`. */
export class KeyvStoreError extends Error {
  override readonly name = 'KeyvStoreError';
  readonly code: KeyvStoreErrorCode;

  constructor(code: KeyvStoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
