/**
 * What went wrong: a mistake in the use of this package, or (`NO_NODE`, `PRIMARY_DOWN`, `OVERLOADED`) servers that do not
 * answer.
 */
export type ReadWriteSplitErrorCode =
  | 'NOT_REGISTERED'
  | 'INVALID_OPTION'
  | 'INVALID_TOKEN'
  | 'UNKNOWN_NODE'
  | 'NO_NODE'
  | 'PRIMARY_DOWN'
  | 'OVERLOADED';

/**
 * What this package throws. MikroORM may hand it on as a `DriverException` with the same `code` and message: test it with
 * {@link isReadWriteSplitError}. A write sent to a replica is a `StatementRefused` of the tap.
 */
export class ReadWriteSplitError extends Error {
  override readonly name = 'ReadWriteSplitError';
  readonly code: ReadWriteSplitErrorCode;

  constructor(code: ReadWriteSplitErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Tells an error of this package by its code, also one that MikroORM has wrapped or that a second copy has thrown. */
export function isReadWriteSplitError(error: unknown, code: ReadWriteSplitErrorCode): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
