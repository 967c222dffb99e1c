/** Code that must see what a token says, and what it writes itself. */
export interface CausalSession {
  /** Runs `fn` in it; as often as you like. */
  run<T>(fn: () => T): T;
  /** Whether it has committed anything yet. */
  readonly hasWritten: boolean;
  /** As {@link CausalReads.token}, of this session. */
  token(): Promise<string | undefined>;
}

/** How what must be seen goes from one request to the next, in whatever process. */
export interface CausalReads {
  /**
   * What another session must be given to see what this request (or the code inside `withToken()`) wrote and was given;
   * undefined if that is nothing. An opaque text of letters, digits, `-` and `_`, of 400 characters at most. Asks the
   * primary at most once, and not at all on MySQL and MariaDB, whose commits tell. Never rejects: if the primary does
   * not answer, the token asks for the primary by time.
   */
  token(): Promise<string | undefined>;
  /**
   * Runs `fn` so that its reads see what the token says, beside what its request has written; undefined for no token.
   * @throws ReadWriteSplitError `INVALID_TOKEN` for what is not a token, or is one of another database
   */
  withToken<T>(token: string | undefined, fn: () => T): T;
  /** The same in steps, for what comes in steps, such as a middleware. @throws ReadWriteSplitError `INVALID_TOKEN` */
  session(token?: string): CausalSession;
  /**
   * Whether reads of a node see what the token says; asks the node if need be. A node that does not answer has reached
   * nothing, the primary has reached everything.
   * @throws ReadWriteSplitError `INVALID_TOKEN`, `UNKNOWN_NODE`
   */
  reached(node: string, token: string): Promise<boolean>;
  /**
   * Runs `fn` so that its reads miss nothing that anybody, in whatever process, has committed before this call: on a
   * replica that has replayed all of it, else on the primary, which is asked once where it stands. On the primary at once
   * inside `write()`, with `sticky`, on SQLite and on MongoDB.
   */
  fresh<T>(fn: () => T): Promise<Awaited<T>>;
  /**
   * Whether rows read on a node from now on may be kept by a cache, as nothing that was committed before `since` is
   * missing there: by this process or any other, since the primary is asked for its position after `since`, or was by a
   * probe. True for the primary and for a read of no tables; false when a node does not answer or keeps no positions.
   * Asks at most the primary and the node once. Positions are of the whole log, so which tables they are makes no
   * difference.
   *
   * @param since when the stamps were seen under which the rows will be kept, by `performance.now()`. Default: now
   * @throws ReadWriteSplitError `UNKNOWN_NODE`
   */
  mayFill(node: string, tables: readonly string[], since?: number): Promise<boolean>;
}
