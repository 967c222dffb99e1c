import type { Dependency } from '../dependency.ts';
import type { BypassReason } from '../statistics.ts';

/** A read, compiled and not yet run: what it is and what its rows depend on. */
export interface DescribedRead {
  /** Everything that changes the rows, besides database, mapping and session; undefined where that has no exact text. */
  readonly identity: string | undefined;
  /** What the rows depend on in any case. */
  readonly required: readonly Dependency[];
  /** What they depend on as well unless {@link isComplete}: of a read by key, the table that may gain the rows. */
  readonly unlessComplete: readonly Dependency[];
  /** Whether the rows found are all that there can be. */
  isComplete(rows: unknown): boolean;
}

/** A read, or why it cannot be cached. */
export type Description = DescribedRead | BypassReason;

/** Describes a read when it is looked up, not before: a cache that is off pays nothing. */
export type Describe = () => Description;
