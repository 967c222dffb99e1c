import type { MissingIndex } from './indexes/missing-index.ts';
import type { Pointer } from './json-pointer.ts';

/**
 * What went wrong. Codes of {@link DEFINITION_CODES} are the developer's to mend, all others the caller's.
 *
 * - `UNKNOWN_FIELD`, `UNKNOWN_OPERATOR`, `UNKNOWN_PARAMETER`: not on the allow-list.
 * - `INVALID_VALUE`: a value that is not of the field's type, or a limit or offset out of range.
 * - `INVALID_SHAPE`: the input is not built as a spec is.
 * - `TOO_COMPLEX`: larger than the caps allow.
 * - `INVALID_QUERY_STRING`, `DUPLICATE_PARAMETER`: bad encoding or brackets; a parameter given twice.
 * - `INVALID_CURSOR`, `FOREIGN_CURSOR`: not a cursor of ours, or changed; a cursor of another query.
 * - `UNSUPPORTED_KEYSET`: this order or offset cannot be paged by cursor.
 * - `NOT_INDEXED`: no index serves it, where `requireIndexed` refuses that; `missingIndexes` has what to add.
 * - `FOREIGN_SPEC`: not a spec that this query parsed.
 * - `INVALID_DEFINITION`, `UNKNOWN_ENTITY`, `UNSUPPORTED_DATABASE`: see the message.
 */
export type QuerySpecErrorCode =
  | 'UNKNOWN_FIELD'
  | 'UNKNOWN_OPERATOR'
  | 'UNKNOWN_PARAMETER'
  | 'INVALID_VALUE'
  | 'INVALID_SHAPE'
  | 'TOO_COMPLEX'
  | 'INVALID_QUERY_STRING'
  | 'DUPLICATE_PARAMETER'
  | 'INVALID_CURSOR'
  | 'FOREIGN_CURSOR'
  | 'UNSUPPORTED_KEYSET'
  | 'NOT_INDEXED'
  | DefinitionErrorCode;

type DefinitionErrorCode = 'FOREIGN_SPEC' | 'INVALID_DEFINITION' | 'UNKNOWN_ENTITY' | 'UNSUPPORTED_DATABASE';

const DEFINITION_CODES: ReadonlySet<QuerySpecErrorCode> = new Set<DefinitionErrorCode>([
  'FOREIGN_SPEC',
  'INVALID_DEFINITION',
  'UNKNOWN_ENTITY',
  'UNSUPPORTED_DATABASE',
]);

/** Problem details of RFC 9457, with `code`, `pointer` and `allowed` as extension members. */
export interface ProblemDetails {
  readonly type: 'about:blank';
  readonly title: 'Bad Request' | 'Internal Server Error';
  readonly status: 400 | 500;
  readonly detail?: string;
  readonly code: QuerySpecErrorCode;
  /** JSON pointer (RFC 6901) into the spec in its object form. */
  readonly pointer?: string;
  readonly allowed?: readonly string[];
}

/** Where an error is, and what would have been right there. */
export interface QuerySpecErrorDetails {
  /** JSON pointer (RFC 6901) into the spec, or into the options for a definition error. Default: the whole. */
  readonly pointer?: string | Pointer;
  readonly allowed?: readonly string[];
  readonly missingIndexes?: readonly MissingIndex[];
  readonly cause?: unknown;
}

/** The one error of this package. Its message holds names, never values of the input. */
export class QuerySpecError extends Error {
  override readonly name = 'QuerySpecError';
  readonly code: QuerySpecErrorCode;
  readonly pointer: string;
  readonly allowed: readonly string[];
  /** The indexes to add, of `NOT_INDEXED`: for the developer, and not in {@link QuerySpecError.toProblem}. */
  readonly missingIndexes: readonly MissingIndex[];

  constructor(code: QuerySpecErrorCode, message: string, details: QuerySpecErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : {});
    this.code = code;
    this.pointer = String(details.pointer ?? '');
    this.allowed = details.allowed ?? [];
    this.missingIndexes = details.missingIndexes ?? [];
  }

  /** For an HTTP answer. Errors that are the developer's to mend become a 500 that says nothing but its code. */
  toProblem(): ProblemDetails {
    if (DEFINITION_CODES.has(this.code)) {
      return { type: 'about:blank', title: 'Internal Server Error', status: 500, code: this.code };
    }
    return {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: this.message,
      code: this.code,
      pointer: this.pointer,
      ...(this.allowed.length > 0 && { allowed: this.allowed }),
    };
  }
}

/** Tells a {@link QuerySpecError}, also one of a second installed copy of this package. */
export function isQuerySpecError(error: unknown): error is QuerySpecError {
  return error instanceof Error && error.name === 'QuerySpecError' && 'code' in error && 'pointer' in error;
}
