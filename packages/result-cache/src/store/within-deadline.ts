import { ResultCacheError } from '../result-cache-error.ts';

/**
 * What `work` resolves with, unless that takes longer than `deadlineMs` milliseconds: then it rejects with a
 * {@link ResultCacheError} `STORE_TIMEOUT` that names `what`. The work itself goes on, and may still have its effect.
 */
export function withinDeadline<T>(work: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new ResultCacheError('STORE_TIMEOUT', `${what} took more than ${deadlineMs} ms.`));
    // Not unref'ed: a query waits for this, and a process with nothing else to do would end before it is over.
    // By way of an immediate: what has come while this process was busy is taken in first, and was in time.
    const timer = setTimeout(() => setImmediate(late), deadlineMs);
    const inTime = <Result>(settle: (result: Result) => void) => {
      return (result: Result): void => {
        clearTimeout(timer);
        settle(result);
      };
    };
    work.then(inTime(resolve), inTime(reject));
  });
}
