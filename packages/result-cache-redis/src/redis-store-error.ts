/** Why a {@link RedisStoreError} was thrown. */
export type RedisStoreErrorCode =
  | 'INVALID_OPTION'
  | 'NOT_CONNECTED'
  | 'NOT_ANSWERING'
  | 'SERVER_CHANGED'
  | 'NOT_PRIMARY'
  | 'BAD_REPLY'
  | 'NOT_ENCODABLE'
  | 'PARTLY_FAILED';

/** One key of several, and why nothing could be done for it. */
export interface KeyFailure {
  readonly key: string;
  readonly cause: unknown;
}

/**
 * What Redis could not do. No query fails with it: the cache shows it in `getResultCache(orm).stats().lastFailure`.
 * Thrown to the caller by `redisValues` and by factories that were given impossible options.
 */
export class RedisStoreError extends Error {
  override readonly name = 'RedisStoreError';
  readonly code: RedisStoreErrorCode;
  /** With `PARTLY_FAILED`: the keys for which it failed. Empty otherwise. */
  readonly failures: readonly KeyFailure[];

  constructor(
    code: RedisStoreErrorCode,
    message: string,
    { cause, failures = [] }: { readonly cause?: unknown; readonly failures?: readonly KeyFailure[] } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.failures = failures;
  }
}

/** Tells by the code, so that it works across two installed copies. */
export function isRedisStoreError(error: unknown, code?: RedisStoreErrorCode): error is RedisStoreError {
  if (!(error instanceof Error) || error.name !== 'RedisStoreError' || !('code' in error)) return false;
  return code === undefined || error.code === code;
}
