/** What is wrong with how a bench was called or written. */
export type BenchErrorCode =
  /** No bench has that name. */
  | 'UNKNOWN_BENCH'
  /** The command line cannot be understood. */
  | 'BAD_ARGUMENTS'
  /** A figure names a variant or a number that no sitting has, or nothing was measured. */
  | 'NOT_MEASURED';

/** The one error of `test/bench`; its message is for the person at the terminal. Tell the cases apart by `code`. */
export class BenchError extends Error {
  override readonly name = 'BenchError';
  readonly code: BenchErrorCode;

  constructor(code: BenchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
