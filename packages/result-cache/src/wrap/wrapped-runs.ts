import { AsyncLocalStorage } from 'node:async_hooks';

import type { ObservedStatement } from '@mikro-kit/statement-tap';

import type { BypassReason } from '../statistics.ts';

/** One run of a wrapped function. */
interface Run {
  refusal: BypassReason | undefined;
}

/** Watches what wrapped functions read: what may not have been committed, or may lag behind, must not be kept. */
export class WrappedRuns {
  readonly #storage = new AsyncLocalStorage<Run>();

  /** Runs a function; `refusal` tells afterwards why its result must not be kept, if there is a reason. */
  of<T>(fn: () => Promise<T> | T): { readonly result: Promise<T>; refusal(): BypassReason | undefined } {
    const run: Run = { refusal: undefined };
    return { result: this.#storage.run(run, async () => fn()), refusal: () => run.refusal };
  }

  observe({ transaction, node }: ObservedStatement): void {
    const run = this.#storage.getStore();
    if (!run) return;
    if (transaction) run.refusal = 'transaction';
    else if (node !== 'primary') run.refusal ??= 'replica';
  }
}
