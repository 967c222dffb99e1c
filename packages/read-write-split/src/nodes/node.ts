import type { Ask, LogPosition } from '../positions/log-positions.ts';

/** One database server behind an ORM, as the code that compares log positions sees it. */
export interface Node {
  /** `primary`, or the replica's name, as configured; a node keeps its name when it is promoted. */
  readonly name: string;
  /** What it is now. */
  readonly role: 'primary' | 'replica';
  /**
   * Sends a statement to this node on a connection that no query of the application uses. Rejects when there is no
   * answer in time, or when the node is known to be out.
   */
  readonly ask: Ask;
  /** Where the last probe found it, which is up to a probe's interval old; undefined when that is not known. */
  readonly position: LogPosition | undefined;
}

/** The nodes of one ORM. */
export interface Nodes {
  /** The node that takes writes, which may have been promoted since the ORM was made. */
  readonly primary: Node;
  /** All other nodes, also those that are out. */
  readonly replicas: readonly Node[];
}
