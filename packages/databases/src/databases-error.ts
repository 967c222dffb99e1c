/** What went wrong. */
export type DatabasesErrorCode = 'INVALID_OPTION' | 'RESERVED_ROLE' | 'OPEN_FAILED' | 'CLOSED' | 'CLOSE_FAILED';

/** One role that failed. */
export interface RoleFailure {
  readonly role: string;
  readonly error: unknown;
}

/** Thrown by this package. `failures` has what each role threw, `cause` the first of them. */
export class DatabasesError extends Error {
  override readonly name = 'DatabasesError';
  readonly code: DatabasesErrorCode;
  readonly failures: readonly RoleFailure[];

  constructor(code: DatabasesErrorCode, message: string, failures: readonly RoleFailure[] = []) {
    super(message, { cause: failures[0]?.error });
    this.code = code;
    this.failures = failures;
  }
}
