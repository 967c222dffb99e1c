import type { ResultCache } from '@mikro-kit/result-cache';

import type { ItemState } from './model.ts';
import type { Random } from './random.ts';

/** What a read tells of one item; what it does not look at is left out. */
export interface Seen {
  readonly id: number;
  readonly exists?: boolean;
  readonly version?: number;
  readonly tags?: readonly number[];
  readonly hasPart?: boolean;
}

/** Every way to read, by name. */
export type Reads<Em> = Readonly<Record<string, (em: Em, id: number, cache: ResultCache) => Promise<readonly Seen[]>>>;

/** How one kind of database is written and read. */
export interface Ways<Em> {
  readonly reads: Reads<Em>;
  /** One random write of one item, as a step from its state to the next. */
  writeOne(em: Em, id: number, state: ItemState, random: Random): Promise<ItemState>;
  /** Counts the version of every item on, at once. */
  countAllOn(em: Em): Promise<unknown>;
}

/** What a write gives an item that must never be seen, because it is rolled back. */
export const NEVER = -1;
