import { ResultCacheError } from '../result-cache-error.ts';

type State =
  | { readonly kind: 'closed'; readonly failures: number }
  | { readonly kind: 'open'; readonly since: number }
  /** One call is being tried. */
  | { readonly kind: 'trying' }
  /** It works again. */
  | { readonly kind: 'settling'; readonly since: number };

/** So many failures in a row open the breaker. */
const THRESHOLD = 5;

/** How long it stays open before a call is tried, in milliseconds. */
const OPEN_MS = 1_000;

/** How long it settles: long enough for other processes to find out, too, and to tell what they wrote meanwhile. */
const SETTLING_MS = 250;

/** The part of the time that may be spent on calls that go past the open breaker, in vain. */
const DUTY = 0.2;

/** Keeps calls away from what has failed several times in a row, and tries one from time to time. */
export class Breaker {
  #state: State = { kind: 'closed', failures: 0 };
  /** The call that goes past the open breaker: whether it came through. */
  #attempt: Promise<boolean> | undefined;
  #nextAttemptAt = -Infinity;
  readonly #onRecovered: () => void;

  /** @param onRecovered called when the first call after an outage has come through; must not throw */
  constructor(onRecovered: () => void = () => undefined) {
    this.#onRecovered = onRecovered;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    const { kind } = this.#state;
    if (kind === 'open') return 'open';
    return kind === 'closed' || this.#hasSettled() ? 'closed' : 'half-open';
  }

  /** @throws ResultCacheError `STORE_BROKEN` without calling, and whatever the call throws. */
  run<T>(call: () => Promise<T>): Promise<T> {
    return this.#isAllowed() ? this.#watched(call) : Promise.reject(broken());
  }

  /**
   * For calls on which others depend: goes past an open breaker, one at a time, by `attempt`, which has to give up soon.
   * Those that come meanwhile share its fate: if it comes through they are made as well, otherwise they fail with it.
   *
   * @throws ResultCacheError `STORE_BROKEN` without calling, and whatever the call throws.
   */
  async insist<T>(call: () => Promise<T>, attempt: () => Promise<T>): Promise<T> {
    if (this.#state.kind === 'closed' || this.#state.kind === 'settling') return this.#watched(call);
    if (this.#attempt) {
      if (await this.#attempt) return this.#watched(call);
      throw broken();
    }
    if (performance.now() < this.#nextAttemptAt) throw broken();
    return this.#attempted(attempt);
  }

  #attempted<T>(attempt: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const work = this.#watched(attempt);
    this.#attempt = work.then(
      () => true,
      () => false,
    );
    return work.finally(() => {
      const ended = performance.now();
      this.#nextAttemptAt = ended + (ended - started) * (1 / DUTY - 1);
      this.#attempt = undefined;
    });
  }

  #watched<T>(call: () => Promise<T>): Promise<T> {
    return call().then(
      result => {
        this.#succeeded();
        return result;
      },
      (error: unknown) => {
        this.#failed();
        throw error;
      },
    );
  }

  #isAllowed(): boolean {
    const state = this.#state;
    if (state.kind === 'closed' || this.#hasSettled()) return true;
    if (state.kind !== 'open' || performance.now() - state.since < OPEN_MS) return false;
    this.#state = { kind: 'trying' };
    return true;
  }

  #hasSettled(): boolean {
    return this.#state.kind === 'settling' && performance.now() - this.#state.since >= SETTLING_MS;
  }

  #succeeded(): void {
    const state = this.#state;
    if (state.kind === 'open' || state.kind === 'trying') {
      this.#state = { kind: 'settling', since: performance.now() };
      this.#onRecovered();
    } else if (state.kind === 'closed' ? state.failures > 0 : this.#hasSettled()) {
      this.#state = { kind: 'closed', failures: 0 };
    }
  }

  #failed(): void {
    const state = this.#state;
    if (state.kind === 'closed' && state.failures + 1 < THRESHOLD) {
      this.#state = { kind: 'closed', failures: state.failures + 1 };
    } else if (state.kind !== 'open') {
      this.#state = { kind: 'open', since: performance.now() };
    }
  }
}

function broken(): ResultCacheError {
  return new ResultCacheError('STORE_BROKEN', 'The cache store failed several times in a row; it is tried again soon.');
}
