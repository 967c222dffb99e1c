/** How full a node's connection pool is, in connections; the same shape on every driver. */
export interface PoolGauge {
  readonly node: string;
  /** Open connections. */
  readonly size: number;
  readonly inUse: number;
  readonly idle: number;
  /** Calls that wait for a connection; undefined where the driver does not tell (SQLite, which has one connection). */
  readonly waiting: number | undefined;
  /** The most that the pool opens. */
  readonly limit: number;
}

/** Something that happened to a connection of a node's pool. */
export interface PoolEvents {
  /** A connection was opened. */
  connect: { readonly node: string };
  /** A connection was handed out, after `waitedUs` microseconds. */
  acquire: { readonly node: string; readonly waitedUs: number };
  /** A connection was given back. */
  release: { readonly node: string };
  /** A connection was closed, by either side. */
  close: { readonly node: string };
}

/** The numbers of a {@link PoolGauge}. */
export type PoolCounts = Omit<PoolGauge, 'node'>;

/** What can be read from a driver's own pool. */
export interface NativePool {
  counts(): PoolCounts;
  /** Calls `closed` for each connection that is closed from now on. */
  onClose(closed: () => void): void;
}
