import type { CacheStore } from './store.ts';
import { withinDeadline } from './within-deadline.ts';

/**
 * The same store, of whose calls none but `clear` and `close` takes longer than `deadlineMs` milliseconds. For a store
 * whose client sets no deadlines.
 */
export function boundedStore(store: CacheStore, deadlineMs: number): CacheStore {
  const bounded =
    <Args extends unknown[], T>(name: string, call: (...args: Args) => Promise<T>) =>
    (...args: Args): Promise<T> =>
      withinDeadline(call(...args), deadlineMs, `The cache store's ${name}`);
  return {
    ...store,
    read: bounded('read', store.read),
    stamp: bounded('stamp', store.stamp),
    write: bounded('write', store.write),
    mark: bounded('mark', store.mark),
    bump: bounded('bump', store.bump),
  };
}
