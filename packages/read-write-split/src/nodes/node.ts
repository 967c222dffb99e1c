import type { NodeProgress } from '../positions/node-progress.ts';

/** One database server behind an ORM, as the code that compares log positions sees it. */
export interface Node {
  /** `primary`, or the replica's name, as configured; a node keeps its name when it is promoted. */
  readonly name: string;
  /** What it is now. */
  readonly role: 'primary' | 'replica';
  /** Where it stands in the log, as far as is known, and by asking it. */
  readonly progress: NodeProgress;
}

/** The nodes of one ORM. */
export interface Nodes {
  /** The node that takes writes, which may have been promoted since the ORM was made. */
  readonly primary: Node;
  /** All other nodes, also those that are out. */
  readonly replicas: readonly Node[];
}
