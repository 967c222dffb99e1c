import { ANYTHING, type Consistency, type Demand } from './consistency.ts';

/** After a write its reader reads from the primary for a while. */
export class Sticky implements Consistency {
  readonly #stickyMs: number;
  readonly #wroteAt = new WeakMap<object, number>();
  readonly #outside = {};

  constructor(stickyMs: number) {
    this.#stickyMs = stickyMs;
  }

  demand(reader: object = this.#outside): Demand {
    const wroteAt = this.#wroteAt.get(reader);
    const ms = wroteAt === undefined ? Infinity : performance.now() - wroteAt;
    if (ms >= this.#stickyMs) return ANYTHING;
    const why = `wrote ${Math.floor(ms)} ms ago, sticky for ${this.#stickyMs} ms`;
    return { kind: 'primary', reason: 'recent write', why };
  }

  wrote(reader: object = this.#outside): void {
    this.#wroteAt.set(reader, performance.now());
  }
}
