import type { KeyRead } from './key-read.ts';

/**
 * Reads of one template in one fork, as long as nothing but values of compared columns changes between them: the
 * columns whose values change are the key, whatever stays the same is a condition.
 */
export class Repetition {
  readonly read: KeyRead;
  readonly #first: readonly unknown[];
  readonly #changed = new Set<string>();
  readonly #keys: Set<string>;
  #times = 1;

  /** `first` are the parameters of the first read. */
  constructor(read: KeyRead, first: readonly unknown[]) {
    this.read = read;
    this.#first = first;
    this.#keys = new Set([this.#keyOf(first)]);
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
    return [...this.#changed];
  }

  /** Returns false, and is of no further use, when anything else than a compared column has changed. */
  add(params: readonly unknown[]): boolean {
    this.#times++;
    for (const [param, value] of params.entries()) {
      if (isSame(value, this.#first[param])) continue;
      const column = this.read.columns.get(param);
      if (column === undefined) return false;
      this.#changed.add(column);
    }
    this.#keys.add(this.#keyOf(params));
    return true;
  }

  #keyOf(params: readonly unknown[]): string {
    return Array.from(this.read.columns.keys(), param => String(params[param])).join('\n');
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
