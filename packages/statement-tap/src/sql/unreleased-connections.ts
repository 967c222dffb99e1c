/** The part of the host's SQL connection that begins its transactions (`AbstractSqlConnection`, 7.2). */
export interface TransactionHost {
  begin(...args: unknown[]): Promise<unknown>;
}

/**
 * Connections that Kysely 0.29 never gives back to their pool, because the host could not begin a transaction on them.
 * Without this a pool gets smaller by each of them, until everybody waits for ever.
 */
export class UnreleasedConnections {
  readonly #byError = new WeakMap<object, () => Promise<void>>();

  /** A transaction could not be begun, for this reason; `release` gives its connection back. */
  notBegun(error: unknown, release: () => Promise<void>): void {
    if (typeof error === 'object' && error !== null) this.#byError.set(error, release);
  }

  /** Gives back what the host leaves behind. Transactions that Kysely runs by itself it ends itself. */
  watch(host: TransactionHost): void {
    const begin = host.begin.bind(host);
    host.begin = (...args) => begin(...args).catch(error => this.#giveBack(error));
  }

  /** @throws `error` itself */
  async #giveBack(error: unknown): Promise<never> {
    const release = typeof error === 'object' && error !== null ? this.#byError.get(error) : undefined;
    await release?.().catch(() => undefined);
    throw error;
  }
}
