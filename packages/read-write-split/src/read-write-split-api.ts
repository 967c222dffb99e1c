import type { EventListener } from '@mikro-kit/statement-tap';

import type { Route } from './route/route.ts';

/** What {@link ReadWriteSplit.on} can tell of. */
export interface ReadWriteSplitEvents {
  /** A read was given a node. */
  routed: Route;
}

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
  /**
   * Calls `listener` on each such event. What it throws is warned of once, through the ORM's logger, and stops nothing.
   * Returns the function that removes it.
   */
  on<Name extends keyof ReadWriteSplitEvents>(
    event: Name,
    listener: EventListener<ReadWriteSplitEvents[Name]>,
  ): () => void;
}
