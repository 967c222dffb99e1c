/** What went wrong in a call to this package. */
export type HealthErrorCode = 'NOT_REGISTERED' | 'INVALID_OPTION' | 'DUPLICATE_CHECK';

/** Thrown for a mistake in the use of this package; a failing check is reported, never thrown. */
export class HealthError extends Error {
  override readonly name = 'HealthError';
  readonly code: HealthErrorCode;

  constructor(code: HealthErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
