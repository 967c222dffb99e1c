import { ResultCacheError } from './result-cache-error.ts';

type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly since: number }
  /** One call is being tried. */
  | { readonly kind: 'half-open' };

/** So many failures in a row open the breaker. */
const THRESHOLD = 5;

/** How long it stays open before a call is tried, in milliseconds. */
const OPEN_MS = 1_000;

/** Keeps calls away from what has failed several times in a row, and tries one from time to time. */
export class Breaker {
  #state: State = { kind: 'closed', failures: 0 };

  get state(): State['kind'] {
    return this.#state.kind;
  }

  /** @throws ResultCacheError `STORE_BROKEN` without calling, and whatever the call throws. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    this.#enter();
    try {
      const result = await call();
      this.#state = { kind: 'closed', failures: 0 };
      return result;
    } catch (error) {
      this.#failed();
      throw error;
    }
  }

  #enter(): void {
    if (this.#state.kind === 'closed') return;
    if (this.#state.kind === 'half-open' || performance.now() - this.#state.since < OPEN_MS) {
      throw new ResultCacheError(
        'STORE_BROKEN',
        'The cache store failed several times in a row; it is tried again soon.',
      );
    }
    this.#state = { kind: 'half-open' };
  }

  #failed(): void {
    const failures = this.#state.kind === 'closed' ? this.#state.failures + 1 : THRESHOLD;
    this.#state = failures >= THRESHOLD ? { kind: 'open', since: performance.now() } : { kind: 'closed', failures };
  }
}
