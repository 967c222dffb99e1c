import type { Route } from './route.ts';

/** What `getReadWriteSplit(orm)` gives. */
export interface ReadWriteSplit {
  /** The kill switch: while false the host routes by itself and nothing is refused. */
  enabled: boolean;
  /**
   * Sends the reads of `fn` to one replica, also after a recent write. Writes and transactions go to the primary as
   * ever. Of nested scopes the innermost counts.
   */
  read<T>(fn: () => T): T;
  /** Sends the reads of `fn` to the primary. */
  write<T>(fn: () => T): T;
  /** Where a read sent here and now would go, and why, in one line: `replica-0: inside read()`. */
  explain(): string;
  /** Calls `listener` for each read that is given a node; what it throws is ignored. Returns what removes it. */
  on(event: 'routed', listener: (route: Route) => void): () => void;
}
