import type { EventListener, NodeStatus } from '@mikro-kit/statement-tap';

import type { CausalReads } from './causal/causal-reads.ts';
import type { NodeEvents } from './nodes/node-events.ts';
import type { Route } from './route/route.ts';

/** What {@link ReadWriteSplit.on} can tell of. */
export interface ReadWriteSplitEvents extends NodeEvents {
  /** A read was given a node; a second time when it is sent to another one. */
  routed: Route;
}

/** What `getReadWriteSplit(orm)` gives. */
export interface ReadWriteSplit extends CausalReads {
  /** The kill switch: while false the host routes by itself and nothing is refused. */
  enabled: boolean;
  /**
   * Sends the reads of `fn` to one replica, with `sticky` also after a recent write, with `causal` to one that has it if
   * any; and its transactions with `readOnly: true`. Writes
   * and other transactions go to the primary as ever. Of nested scopes the innermost counts.
   */
  read<T>(fn: () => T): T;
  /** Sends the reads of `fn` to the primary. */
  write<T>(fn: () => T): T;
  /**
   * Sends the reads of `fn` to this node and no other, whatever its state; nothing is sent again elsewhere.
   *
   * @throws ReadWriteSplitError `UNKNOWN_NODE`
   */
  onNode<T>(name: string, fn: () => T): T;
  /** Where a read sent here and now would go, and why, in one line: `replica-0: inside read()`. */
  explain(): string;
  /** What is known of each node: role, state, lag, latency, reads in flight, and why. Asks no database. */
  nodes(): NodeStatus[];
  /**
   * An operator's word on which node takes writes from now on, for when two say that they do. Nothing is changed on the
   * servers.
   *
   * @throws ReadWriteSplitError `UNKNOWN_NODE`
   */
  usePrimary(name: string): void;
  /**
   * Calls `listener` on each such event. What it throws is warned of once, through the ORM's logger, and stops nothing.
   * Returns the function that removes it.
   */
  on<Name extends keyof ReadWriteSplitEvents>(
    event: Name,
    listener: EventListener<ReadWriteSplitEvents[Name]>,
  ): () => void;
}
