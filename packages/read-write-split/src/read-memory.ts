interface Remembered {
  replica?: number;
  wroteAt?: number;
}

/**
 * What is remembered of each reader, any object that lives as long as its request: its replica, by index, and its last
 * write. All that happens outside of a request shares one memory.
 */
export class ReadMemory {
  readonly #readers = new WeakMap<object, Remembered>();
  readonly #outside = {};

  /** The end of the last write, in milliseconds before now. */
  wroteMsAgo(reader: object = this.#outside): number | undefined {
    const wroteAt = this.#readers.get(reader)?.wroteAt;
    return wroteAt === undefined ? undefined : performance.now() - wroteAt;
  }

  wrote(reader: object = this.#outside): void {
    this.#of(reader).wroteAt = performance.now();
  }

  replicaOf(reader: object): number | undefined {
    return this.#readers.get(reader)?.replica;
  }

  pin(reader: object, replica: number): void {
    this.#of(reader).replica = replica;
  }

  #of(reader: object): Remembered {
    const known = this.#readers.get(reader) ?? {};
    this.#readers.set(reader, known);
    return known;
  }
}
