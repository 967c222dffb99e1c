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
  executeQuery(query: CompiledQuery, ...rest: unknown[]): Promise<QueryResult>;
  streamQuery(query: CompiledQuery, ...rest: unknown[]): AsyncIterableIterator<QueryResult>;
}

export interface KyselyDriver {
  acquireConnection(...rest: unknown[]): Promise<KyselyConnection>;
  releaseConnection(connection: KyselyConnection, ...rest: unknown[]): Promise<void>;
  destroy(...rest: unknown[]): Promise<void>;
}

export interface KyselyDialect {
  createDriver(): KyselyDriver;
}

export function isKyselyDialect(value: unknown): value is KyselyDialect {
  return typeof value === 'object' && value !== null && 'createDriver' in value;
}

/** What is told of a connection's life. */
export interface ConnectionWatch {
  /** A connection was handed out after `waitUs` microseconds. */
  acquired(connection: KyselyConnection, waitUs: number): void;
  released(): void;
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
  driver.acquireConnection = async (...rest) => {
    const asked = performance.now();
    const connection = await acquire(...rest);
    watch.acquired(connection, (performance.now() - asked) * 1_000);
    return connection;
  };
  const release = driver.releaseConnection.bind(driver);
  driver.releaseConnection = (connection, ...rest) => {
    watch.released();
    return release(connection, ...rest);
  };
  const destroy = driver.destroy.bind(driver);
  driver.destroy = async (...rest) => {
    await destroy(...rest);
    watch.destroyed();
  };
  return driver;
}
