/** The parts of Kysely's dialect, driver and connection that the tap stands on (Kysely 0.29). */
export interface CompiledQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
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
  /** A transaction could not be begun or rolled back; `release` gives its connection back, which others may do, too. */
  notEnded(error: unknown, release: () => Promise<void>): void;
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
    const { isHeard } = watch;
    const asked = isHeard ? performance.now() : 0;
    const handOut = (connection: KyselyConnection): KyselyConnection => {
      const now = isHeard ? performance.now() : 0;
      watch.acquired(connection, (now - asked) * 1_000, now);
      return connection;
    };
    return acquire(options).then(connection => {
      const ready = watch.acquiring(connection);
      return ready ? ready.then(() => handOut(connection)) : handOut(connection);
    });
  };
  const release = driver.releaseConnection.bind(driver);
  driver.releaseConnection = (connection, options) => {
    watch.released();
    return release(connection, options);
  };
  const orTell = async (connection: KyselyConnection, work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      watch.notEnded(error, () => driver.releaseConnection(connection));
      throw error;
    }
  };
  const begin = driver.beginTransaction.bind(driver);
  driver.beginTransaction = (connection, settings) => orTell(connection, begin(connection, settings));
  const rollback = driver.rollbackTransaction.bind(driver);
  driver.rollbackTransaction = connection => orTell(connection, rollback(connection));
  const destroy = driver.destroy.bind(driver);
  driver.destroy = async options => {
    await destroy(options);
    watch.destroyed();
  };
  return driver;
}
