/** What went wrong in a call to this package. */
export type ReadWriteSplitErrorCode =
  | 'NOT_REGISTERED'
  | 'INVALID_OPTION'
  | 'INVALID_TOKEN'
  | 'NOT_AVAILABLE'
  | 'UNKNOWN_NODE';

/** Thrown for a mistake in the use of this package. A write sent to a replica is a `StatementRefused` of the tap. */
export class ReadWriteSplitError extends Error {
  override readonly name = 'ReadWriteSplitError';
  readonly code: ReadWriteSplitErrorCode;

  constructor(code: ReadWriteSplitErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
