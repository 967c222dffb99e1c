/** Why a {@link ResultCacheError} was thrown. */
export type ResultCacheErrorCode =
  | 'NOT_REGISTERED'
  | 'NOT_AN_ENTITY'
  | 'NOT_MAPPED'
  | 'INVALID_OPTION'
  | 'NOT_WATCHED'
  | 'NO_KEY'
  | 'STORE_TIMEOUT'
  | 'STORE_BROKEN';

/**
 * A call of this package that cannot be served as it was made. No query fails with one: when a store does, the query
 * runs as if there were no cache.
 */
export class ResultCacheError extends Error {
  override readonly name = 'ResultCacheError';
  readonly code: ResultCacheErrorCode;

  constructor(code: ResultCacheErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Tells a {@link ResultCacheError}, also one of a second installed copy of this package, by its name and code. */
export function isResultCacheError(error: unknown, code?: ResultCacheErrorCode): error is ResultCacheError {
  if (!(error instanceof Error) || error.name !== 'ResultCacheError' || !('code' in error)) return false;
  return code === undefined || error.code === code;
}
