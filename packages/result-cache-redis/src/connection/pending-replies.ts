import { RedisStoreError } from '../redis-store-error.ts';

/** Somebody who waits for a reply. */
interface Waiting {
  readonly reject: (error: Error) => void;
  timer?: NodeJS.Timeout;
  verdict?: NodeJS.Immediate;
  /** Since the wait is over and the reply is still owed. */
  owed?: Late;
}

/** The late replies, and since when there are any. */
interface Late {
  count: number;
  readonly since: number;
}

/**
 * The replies that one connection owes. A connection answers in order, so while a reply that missed its deadline is
 * still owed, nothing that is sent after it can be answered either.
 */
export class PendingReplies {
  readonly #waiting = new Set<Waiting>();
  #late: Late | undefined;

  /** For how many milliseconds a late reply has been owed; 0 when none is. */
  get stalledMs(): number {
    return this.#late ? Math.max(1, performance.now() - this.#late.since) : 0;
  }

  /** What `work` resolves with; rejects when that takes more than `deadlineMs` milliseconds, or when {@link cutOff}. */
  within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { reject };
      // Not unref'ed: a query waits for this. By way of an immediate: what came while this process was busy is taken in first.
      waiting.timer = setTimeout(() => {
        waiting.verdict = setImmediate(() => this.#missed(waiting, deadlineMs));
      }, deadlineMs);
      this.#waiting.add(waiting);
      const ended = <Result>(settle: (result: Result) => void) => {
        return (result: Result): void => {
          this.#end(waiting);
          settle(result);
        };
      };
      work.then(ended(resolve), ended(reject));
    });
  }

  /** The connection is gone: whoever waits is told, and nothing is owed any more. */
  cutOff(error: Error): void {
    this.#late = undefined;
    for (const waiting of this.#waiting) {
      this.#end(waiting);
      waiting.reject(error);
    }
  }

  #end(waiting: Waiting): void {
    clearTimeout(waiting.timer);
    clearImmediate(waiting.verdict);
    this.#waiting.delete(waiting);
    if (waiting.owed) this.#paid(waiting.owed);
  }

  #missed(waiting: Waiting, deadlineMs: number): void {
    this.#waiting.delete(waiting);
    waiting.owed = this.#late ??= { count: 0, since: performance.now() };
    waiting.owed.count++;
    waiting.reject(new RedisStoreError('NOT_ANSWERING', `Redis did not answer within ${deadlineMs} ms.`));
  }

  #paid(late: Late): void {
    late.count--;
    if (late.count === 0 && this.#late === late) this.#late = undefined;
  }
}
