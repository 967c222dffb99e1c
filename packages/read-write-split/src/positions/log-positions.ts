/** Sends one statement to one node, outside of a transaction, and gives its rows. Rejects when the node does not answer. */
export type Ask = (sql: string, params?: readonly unknown[]) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** A place in a database's log of commits: an LSN with its timeline, or a set of GTIDs. Immutable. */
export interface LogPosition {
  /**
   * Whether a node that stands here has everything up to `wanted`, told without asking it. False whenever that is not
   * certain: for a position of another product, of another timeline, of a log that was forked.
   */
  covers(wanted: LogPosition): boolean;
  /** A position that covers both: what a session must see that has written twice. */
  and(other: LogPosition): LogPosition;
  /**
   * What stands for this position when `primary` is where the node that takes writes stands: itself, or `primary` if
   * the log was forked in between, by a promotion. Whatever of this position survived the fork, `primary` covers.
   */
  carriedBy(primary: LogPosition): LogPosition;
  /** The text that {@link LogPositions.parse} reads back: printable ASCII without spaces. */
  toString(): string;
}

/** Where a node stood when it was asked. */
export interface NodeStanding {
  /** `replica` is a node that refuses writes: a standby, a server with `read_only`. */
  readonly role: 'primary' | 'replica';
  /**
   * A replica: up to where it has replayed, so that reads see it. A primary: up to where it has written, which is what
   * a replica must have replayed to show its rows. Undefined when the server keeps no such thing (no GTIDs).
   */
  readonly position: LogPosition | undefined;
  /** What tells the writes of this cluster from those of any other; undefined where the server has no such thing. */
  readonly origin: string | undefined;
  /** The origins whose writes this node has. */
  readonly origins: ReadonlySet<string>;
}

/** What one database product offers to tell where its nodes stand. */
export interface LogPositions {
  readonly product: 'postgres' | 'mysql' | 'mariadb';
  /**
   * Where a node stands. Rejects when the node does not answer or its answer is not understood.
   *
   * @param known what the same node said before: only what changes while it runs is asked again, which is cheaper
   */
  standing(ask: Ask, known?: NodeStanding): Promise<NodeStanding>;
  /** Reads what {@link LogPosition.toString} wrote; undefined for anything else, however hostile. */
  parse(text: string): LogPosition | undefined;
}
