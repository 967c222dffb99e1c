/** `NOT_REGISTERED`: the ORM has no `slowQuery()` extension. `INVALID_OPTION`: an option is out of its range. */
export type SlowQueryErrorCode = 'NOT_REGISTERED' | 'INVALID_OPTION';

/** What this package throws, at start or from a call of its own: no statement ever fails because of it. */
export class SlowQueryError extends Error {
  override readonly name = 'SlowQueryError';
  readonly code: SlowQueryErrorCode;
  /** The option that is out of range. */
  readonly option?: string;

  constructor(code: SlowQueryErrorCode, message: string, option?: string) {
    super(message);
    this.code = code;
    if (option !== undefined) this.option = option;
  }
}
