import { AsyncLocalStorage } from 'node:async_hooks';

import type { Dependency } from '../dependency.ts';
import type { BypassReason } from '../statistics.ts';

/** What the cache did with one statement, and why. */
export type Explanation =
  | { readonly kind: 'hit' }
  /** `changed`: what was written since the entry that is there was made: `table:city`, `row:city:7`, `tag:geo`, `all`. */
  | { readonly kind: 'miss'; readonly because: 'no entry' | 'written since'; readonly changed?: readonly Dependency[] }
  | { readonly kind: 'bypass'; readonly reason: BypassReason }
  /** Follows a miss: why the rows that were loaded are not in the cache. */
  | { readonly kind: 'not kept'; readonly reason: BypassReason };

/** Collects what is told of the reads of a call. */
export class Explanations {
  readonly #storage = new AsyncLocalStorage<Explanation[]>();

  async of(call: () => Promise<unknown>): Promise<readonly Explanation[]> {
    const told: Explanation[] = [];
    await this.#storage.run(told, call);
    return told;
  }

  /** `tell` is asked only while somebody wants to know. */
  note(tell: () => Explanation): void {
    this.#storage.getStore()?.push(tell());
  }
}
