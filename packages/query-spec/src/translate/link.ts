import type { Collection } from '../definition/collection.ts';
import type { LinkTest } from './link-test.ts';
import type { RowSource } from './row-source.ts';
import type { Where } from './to-where.ts';

/** A test of the links of a to-many relation, ready to be asked of a database. */
export interface Link {
  readonly collection: Collection;
  readonly test: LinkTest;
  /** What the entities at the other end must satisfy, in the host's words. */
  readonly whereOf: (target: RowSource) => Promise<Where>;
}
