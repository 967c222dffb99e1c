/** Sends one statement to one node, outside of a transaction, and gives its rows. Rejects when the node does not answer. */
export type Ask = (sql: string, params?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** A place in a database's log of commits: an LSN with its timeline, or a set of GTIDs. Immutable. */
export interface LogPosition {
  /**
   * Whether a node that stands here has everything up to `wanted`, told without asking it. False whenever that is not
   * certain: for a position of another database product, of another timeline, of a log that was forked.
   */
  covers(wanted: LogPosition): boolean;
  /** A position that covers both: what a session must see that has written twice. */
  and(other: LogPosition): LogPosition;
  /** The text that {@link LogPositions.parse} reads back: printable ASCII without spaces. */
  toString(): string;
}

/** Where a node stood when it was asked. */
export interface NodeStanding {
  /** `replica` is a node that refuses writes: a standby, a server with `read_only`. */
  readonly role: 'primary' | 'replica';
  /** Up to where it has committed or replayed, so that reads see it; undefined when it did not say. */
  readonly position: LogPosition | undefined;
  /** The same for all nodes of a cluster and different from that of any other, where the database has such a thing. */
  readonly cluster: string | undefined;
}

/** What one database product offers to tell where its nodes stand. */
export interface LogPositions {
  readonly product: 'postgres' | 'mysql' | 'mariadb';
  /** Where a node stands; one round trip. Rejects when the node does not answer or its answer is not understood. */
  standing(ask: Ask): Promise<NodeStanding>;
  /** Reads what {@link LogPosition.toString} wrote; undefined for anything else, however hostile. */
  parse(text: string): LogPosition | undefined;
  /**
   * Waits on a node until its reads see `wanted`, but not longer than `timeoutMs`. Occupies the connection behind `ask`
   * for that long on MySQL and MariaDB. Rejects when the node does not answer.
   */
  waitFor(ask: Ask, wanted: LogPosition, timeoutMs: number): Promise<'reached' | 'late'>;
}
