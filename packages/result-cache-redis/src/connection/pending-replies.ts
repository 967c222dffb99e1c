import { RedisStoreError } from '../redis-store-error.ts';

/**
 * The replies that one connection owes. A connection answers in order, so while a reply that missed its deadline is
 * still owed, nothing that is sent after it can be answered either.
 */
export class PendingReplies {
  readonly #waiting = new Set<(error: Error) => void>();
  /** The late ones, and since when there are any. */
  #late: { count: number; readonly since: number } | undefined;

  /** For how many milliseconds a late reply has been owed; 0 when none is. */
  get stalledMs(): number {
    return this.#late ? Math.max(1, performance.now() - this.#late.since) : 0;
  }

  /** What `work` resolves with; rejects when that takes more than `deadlineMs` milliseconds, or when {@link cutOff}. */
  within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let lateSettled: (() => void) | undefined;
    let verdict: NodeJS.Immediate | undefined;
    const end = (): void => {
      clearTimeout(timer);
      clearImmediate(verdict);
      this.#waiting.delete(giveUp);
      lateSettled?.();
    };
    const giveUp = (error: Error): void => {
      end();
      reject(error);
    };
    const isLate = (): void => {
      this.#waiting.delete(giveUp);
      lateSettled = this.#owes();
      reject(new RedisStoreError('NOT_ANSWERING', `Redis did not answer within ${deadlineMs} ms.`));
    };
    // Not unref'ed: a query waits for this. By way of an immediate: what came while this process was busy is taken in first.
    const timer = setTimeout(() => (verdict = setImmediate(isLate)), deadlineMs);
    this.#waiting.add(giveUp);
    const settled = work.then(resolve, reject);
    void settled.finally(end);
    return promise;
  }

  /** The connection is gone: whoever waits is told, and nothing is owed any more. */
  cutOff(error: Error): void {
    this.#late = undefined;
    for (const giveUp of this.#waiting) giveUp(error);
  }

  #owes(): () => void {
    const late = (this.#late ??= { count: 0, since: performance.now() });
    late.count++;
    return () => {
      late.count--;
      if (late.count === 0 && this.#late === late) this.#late = undefined;
    };
  }
}
