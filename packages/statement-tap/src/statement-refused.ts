/** Thrown by a guard's `before` to stop the statement; the application gets it in place of the statement's result. */
export class StatementRefused extends Error {
  override readonly name = 'StatementRefused';
  readonly code = 'STATEMENT_REFUSED';
}

/** Tells a {@link StatementRefused} by its code, also when a second copy of this package threw it. */
export function isStatementRefused(error: unknown): error is StatementRefused {
  return error instanceof Error && 'code' in error && error.code === 'STATEMENT_REFUSED';
}
