import type { Dependency } from '../dependency.ts';
import type { DescribedRead } from './described-read.ts';
import type { ReadPolicy } from './read-scope.ts';

/** A read whose entry is being looked for, or is to be made. */
export interface WantedRead {
  /** Two different reads share one only if SHA-256 collides. */
  readonly key: string;
  readonly read: DescribedRead;
  /** Required ones first, then those that count unless the rows are complete. */
  readonly dependencies: readonly Dependency[];
  readonly policy: ReadPolicy;
}

/** How many of its dependencies the read depends on in any case. */
export function requiredOf({ dependencies, read }: WantedRead): number {
  return dependencies.length - read.unlessComplete.length;
}
