/** The parts of Kysely's dialect, driver and connection that the tap stands on (Kysely 0.29). */
export interface CompiledQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query?: unknown;
  readonly queryId?: unknown;
}

export interface QueryResult {
  readonly rows: readonly unknown[];
  readonly numAffectedRows?: bigint;
}

export interface KyselyConnection {
  executeQuery(query: CompiledQuery, options?: unknown): Promise<QueryResult>;
  streamQuery(query: CompiledQuery, chunkSize: number, options?: unknown): AsyncIterableIterator<QueryResult>;
}

export interface KyselyDriver {
  acquireConnection(options?: unknown): Promise<KyselyConnection>;
  releaseConnection(connection: KyselyConnection, options?: unknown): Promise<void>;
  beginTransaction(connection: KyselyConnection, settings: unknown): Promise<void>;
  rollbackTransaction(connection: KyselyConnection): Promise<void>;
  destroy(options?: unknown): Promise<void>;
}

export interface KyselyDialect {
  createDriver(): KyselyDriver;
}

export function isKyselyDialect(value: unknown): value is KyselyDialect {
  return typeof value === 'object' && value !== null && 'createDriver' in value;
}

/** What is told of a connection's life. */
export interface ConnectionWatch {
  /** Whether anybody wants to know how long a connection was waited for; otherwise the clock is not read. */
  readonly isHeard: boolean;
  /** A connection was handed out after `waitUs` microseconds, at a time of `performance.now()`; 0 and 0 if not heard. */
  acquired(connection: KyselyConnection, waitUs: number, at: number): void;
  /** A connection is about to be handed out; what it returns is waited for. */
  acquiring(connection: KyselyConnection): Promise<void> | undefined;
  released(): void;
  /** A transaction could not be begun; `release` gives its connection back, which others may do, too. */
  notBegun(error: unknown, release: () => Promise<void>): void;
  /** Every connection was closed. */
  destroyed(): void;
}

/** The same dialect, whose drivers report their connections. The dialect itself is left as it is. */
export function watchDialect(dialect: KyselyDialect, watch: ConnectionWatch): KyselyDialect {
  return new Proxy(dialect, {
    get(target, key) {
      if (key === 'createDriver') return () => watchDriver(target.createDriver(), watch);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function watchDriver(driver: KyselyDriver, watch: ConnectionWatch): KyselyDriver {
  const acquire = driver.acquireConnection.bind(driver);
  driver.acquireConnection = options => {
    const asked = watch.isHeard ? performance.now() : 0;
    return acquire(options).then(connection => {
      const ready = watch.acquiring(connection);
      return ready ? ready.then(() => handOut(connection, asked, watch)) : handOut(connection, asked, watch);
    });
  };
  const release = driver.releaseConnection.bind(driver);
  driver.releaseConnection = (connection, options) => {
    watch.released();
    return release(connection, options);
  };
  const begin = driver.beginTransaction.bind(driver);
  driver.beginTransaction = async (connection, settings) => {
    try {
      await begin(connection, settings);
    } catch (error) {
      watch.notBegun(error, () => driver.releaseConnection(connection));
      throw error;
    }
  };
  const rollback = driver.rollbackTransaction.bind(driver);
  // What cannot be rolled back, as the server has died or has done so itself, is over. Kysely 0.29 would keep its connection.
  driver.rollbackTransaction = connection => rollback(connection).catch(() => undefined);
  const destroy = driver.destroy.bind(driver);
  driver.destroy = async options => {
    await destroy(options);
    watch.destroyed();
  };
  return driver;
}

/** @param asked when it was asked for; 0 if nobody wants to know */
function handOut(connection: KyselyConnection, asked: number, watch: ConnectionWatch): KyselyConnection {
  const now = asked === 0 ? 0 : performance.now();
  watch.acquired(connection, (now - asked) * 1_000, now);
  return connection;
}
