import type { SqlDialect } from '@mikro-kit/statement-tap';

/** Options of `pg` or `mysql2`, as in the host's `driverOptions`. */
export type DriverOptions = Readonly<Record<string, unknown>>;

/** How long a connection may take. `pg` counts the wait for its pool, too. */
export function connectTimeout(dialect: SqlDialect, ms: number): DriverOptions {
  if (dialect === 'postgres') return { connectionTimeoutMillis: ms };
  return dialect === 'mysql' ? { connectTimeout: ms } : {};
}

/** What is told to the driver of a replica: how long a connection may take, and to make no empty file of SQLite's. */
export function ofReplicas(dialect: SqlDialect, connectMs: number): DriverOptions {
  return dialect === 'sqlite' ? { fileMustExist: true } : connectTimeout(dialect, connectMs);
}

/** How many connections a pool opens at most. */
export function poolSize(dialect: SqlDialect, size: number): DriverOptions {
  if (dialect === 'postgres') return { max: size };
  return dialect === 'mysql' ? { connectionLimit: size } : {};
}

/** Whether `driverOptions` are options, and not a pool, a dialect or a function that makes one. */
export function isPlain(options: unknown): options is DriverOptions {
  if (typeof options !== 'object' || options === null) return false;
  const prototype: unknown = Object.getPrototypeOf(options);
  return prototype === Object.prototype || prototype === null;
}
