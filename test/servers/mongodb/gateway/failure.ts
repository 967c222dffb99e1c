import { DatabaseError } from 'pg';

/** An error as MongoDB says it: a number, its name, and labels that tell drivers what may be tried again. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: number;
  readonly codeName: string;
  readonly labels: readonly string[];

  constructor([code, codeName]: FailureCode, message: string, labels: readonly string[] = []) {
    super(message);
    this.code = code;
    this.codeName = codeName;
    this.labels = labels;
  }
}

/** A number and a name of MongoDB's list of error codes. */
export type FailureCode = readonly [code: number, codeName: string];

/** The errors that the gateway finds by itself. */
export const codes = {
  unknownError: [8, 'UnknownError'],
  namespaceNotFound: [26, 'NamespaceNotFound'],
  cursorNotFound: [43, 'CursorNotFound'],
  maxTimeExpired: [50, 'MaxTimeMSExpired'],
  commandNotFound: [59, 'CommandNotFound'],
  writeConflict: [112, 'WriteConflict'],
  commandNotSupported: [115, 'CommandNotSupported'],
  noSuchTransaction: [251, 'NoSuchTransaction'],
  notWritablePrimary: [10_107, 'NotWritablePrimary'],
  duplicateKey: [11_000, 'DuplicateKey'],
  interrupted: [11_602, 'InterruptedDueToReplStateChange'],
  notPrimaryNoSecondaryOk: [13_435, 'NotPrimaryNoSecondaryOk'],
} as const satisfies Record<string, FailureCode>;

/** SQLSTATEs of PostgreSQL (appendix A of its manual) and, with an M, of DocumentDB, and what MongoDB calls them. */
const bySqlState: Record<string, FailureCode> = {
  '23505': codes.duplicateKey,
  '25006': codes.notWritablePrimary,
  '25P02': codes.noSuchTransaction,
  '40001': codes.writeConflict,
  '40P01': codes.writeConflict,
  '57014': codes.maxTimeExpired,
  '57P01': codes.interrupted,
  '57P03': codes.interrupted,
  M0000: [1, 'InternalError'],
  M0001: [2, 'BadValue'],
  M0003: [9, 'FailedToParse'],
  M0004: [14, 'TypeMismatch'],
  M0005: [15, 'Overflow'],
  M0008: codes.namespaceNotFound,
  M0009: [27, 'IndexNotFound'],
  M000D: [40, 'ConflictingUpdateOperators'],
  M000E: codes.cursorNotFound,
  M000F: [48, 'NamespaceExists'],
  M000G: [52, 'DollarPrefixedFieldName'],
  M000M: [66, 'ImmutableField'],
  M000N: [67, 'CannotCreateIndex'],
  M000P: [72, 'InvalidOptions'],
  M000Q: [73, 'InvalidNamespace'],
  M000R: [85, 'IndexOptionsConflict'],
  M000S: [86, 'IndexKeySpecsConflict'],
  M000U: codes.commandNotSupported,
  M00CO: [121, 'DocumentFailedValidation'],
  M0015: [241, 'ConversionFailure'],
  M001B: [10_334, 'BsonObjectTooLarge'],
  M001C: codes.duplicateKey,
  M007T: [40_323, 'Location40323'],
  M007U: [40_324, 'UnrecognizedPipelineStage'],
  M00EX: codes.maxTimeExpired,
  M00F1: codes.writeConflict,
};

/** What MongoDB would have thrown. `inTransaction`: a conflict ended a transaction, which may be run again. */
export function asFailure(error: unknown, inTransaction: boolean): Failure {
  if (error instanceof Failure) return error;
  if (!(error instanceof Error)) return new Failure(codes.unknownError, String(error));
  const state = error instanceof DatabaseError ? (error.code ?? '') : '';
  const code = bySqlState[state] ?? codes.unknownError;
  const isTransient = inTransaction && (code === codes.writeConflict || code === codes.noSuchTransaction);
  const message = code === codes.notWritablePrimary ? 'not primary' : error.message;
  return new Failure(code, message, isTransient ? ['TransientTransactionError'] : []);
}

/**
 * The MongoDB code for the `code` of a single failed write, where DocumentDB puts the SQLSTATE in PostgreSQL's packed
 * form: five characters of six bits (`MAKE_SQLSTATE` in PostgreSQL's `elog.h`).
 */
export function codeOfWriteError(packed: number): number {
  const characters = [0, 6, 12, 18, 24].map(shift => String.fromCharCode(((packed >> shift) & 0x3f) + 48));
  return bySqlState[characters.join('')]?.[0] ?? packed;
}
