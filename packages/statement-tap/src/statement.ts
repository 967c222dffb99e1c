import type { StateChanges } from './sql/state-changes.ts';

/**
 * What a statement does, by its syntax: `transaction` is begin, commit, rollback and savepoints; `other` is what
 * neither reads nor writes rows of a table (`set`, `pragma`, `show`, …) or could not be told.
 */
export type StatementKind = 'read' | 'write' | 'ddl' | 'transaction' | 'other';

/** What a `transaction` statement asks for. */
export type TransactionCommand = 'begin' | 'commit' | 'rollback' | 'savepoint' | 'release' | 'rollback to';

/** One statement, as the tap saw it at the connection that the driver sent it on. */
export interface Statement {
  /** The statement with placeholders, as the ORM (or Kysely) wrote it. Holds no values. */
  readonly text: string;
  /** The values of its placeholders, in order. Personal data: never log them by default. */
  readonly params: readonly unknown[];
  readonly kind: StatementKind;
  /** Only when `kind` is `transaction`. */
  readonly command?: TransactionCommand;
  /** Every table it names, `schema.table` where the schema is written, or `unknown`. Never a guess. */
  readonly tables: readonly string[] | 'unknown';
  /** The tables whose rows it may change: a part of `tables`, empty for a read, or `unknown`. */
  readonly writes: readonly string[] | 'unknown';
  /** Class name of the entity mapped to its first table, when exactly one entity is. */
  readonly entity?: string;
  /** Id of the EntityManager fork that sent it, when one did. */
  readonly fork?: number;
  /** The host's logger context of the call (`label`, `shape`, …), when there is one. */
  readonly context?: Readonly<Record<string, unknown>>;
  /** The relation that it populates, from the root entity on, such as `books.publisher`; absent for a root query. */
  readonly populates?: string;
  /** `primary`, or the replica's name (`replicas[i].name`, else `replica-i`). */
  readonly node: string;
  /** The transaction it ran in; the same object for each statement of that transaction. */
  readonly transaction?: Transaction;
  /**
   * True of what may end the transaction that is open on its connection, and is neither `commit` nor `rollback`: several
   * statements in one text of which one begins or ends a transaction, a `begin` inside of one, and on MySQL and MariaDB
   * what commits by itself: schema changes, `truncate`, `lock tables`, `set autocommit`, a procedure.
   */
  readonly endsTransaction?: true;
  /** True of a write or a commit that no guard could wait around: of MongoDB's native client. Observers are told of it. */
  readonly unguarded?: true;
}

/** A database transaction, from `begin` to its end. Use it as a key: it is compared by identity only. */
export interface Transaction {
  readonly node: string;
  /** Names of the open savepoints, outermost first. */
  readonly savepoints: readonly string[];
  /**
   * How it ended, or `open`. `unknown`: the reply of its commit was lost, or its connection went back to the pool before
   * its end, as with a `begin` that is sent as text.
   */
  readonly state: 'open' | 'committed' | 'rolled back' | 'unknown';
}

/** How a statement ended. */
export interface Outcome {
  /** From sending it to its last row, in microseconds; the wait for a pooled connection is not in it. */
  readonly durationUs: number;
  /** The wait for its connection, in microseconds. Zero inside a transaction, whose `begin` waited. */
  readonly poolWaitUs: number;
  /** Rows returned, or rows changed by a write; absent where the driver does not say. */
  readonly rows?: number;
  /** What the driver threw. */
  readonly error?: unknown;
  /** What the server said of its session; only after `trackState`, on MySQL and MariaDB, and if there was something. */
  readonly stateChanges?: StateChanges;
  /** On a replica set of MongoDB: when the server did it, in its logical time, a BSON timestamp's 64 bits. */
  readonly operationTime?: bigint;
}

/** A statement and how it ended. */
export type ObservedStatement = Statement & Outcome;
