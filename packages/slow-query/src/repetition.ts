import type { KeyRead } from './key-read.ts';

/**
 * Reads of one template in one fork, as long as nothing but values of compared columns changes between them: the
 * columns whose values change are the key, whatever stays the same is a condition.
 */
export class Repetition {
  readonly read: KeyRead;
  readonly #columnOf: ReadonlyMap<number, string>;
  readonly #first: readonly unknown[];
  readonly #varied = new Set<string>();
  readonly #keys = new Set<string>();
  #times = 0;

  constructor(read: KeyRead, first: readonly unknown[]) {
    this.read = read;
    this.#columnOf = new Map(Array.from(read.equals, ([column, param]) => [param, column]));
    this.#first = first;
  }

  get times(): number {
    return this.#times;
  }

  /** How many different keys were read. */
  get distinct(): number {
    return this.#keys.size;
  }

  /** The columns whose values changed. */
  get columns(): readonly string[] {
    return [...this.#varied];
  }

  /** Returns false, and is of no further use, when anything else than a compared column has changed. */
  add(params: readonly unknown[]): boolean {
    this.#times++;
    for (const [param, value] of params.entries()) {
      if (isSame(value, this.#first[param])) continue;
      const column = this.#columnOf.get(param);
      if (column === undefined) return false;
      this.#varied.add(column);
    }
    this.#keys.add(Array.from(this.#columnOf.keys(), param => String(params[param])).join('\n'));
    return true;
  }
}

/** Dates and buffers are new objects for each statement. */
function isSame(a: unknown, b: unknown): boolean {
  return (
    Object.is(a, b) || (a instanceof Date && b instanceof Date && a.getTime() === b.getTime()) || areSameBytes(a, b)
  );
}

function areSameBytes(a: unknown, b: unknown): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
}
