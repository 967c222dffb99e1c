/** How many forks are remembered; a power of two. */
const FORKS = 8_192;

/**
 * The replica that each reader keeps to, so that it never sees time go back. Outside of requests a fork is remembered
 * until 8,192 others have been made: their ids are numbered, so that each has its place.
 */
export class ReadMemory<Node extends object> {
  readonly #byReader = new WeakMap<object, Node>();
  readonly #forks = new Float64Array(FORKS);
  readonly #nodes: (Node | undefined)[] = Array.from({ length: FORKS }, () => undefined);

  /** @param reader an object that lives as long as its request, or the id of a fork of the EntityManager */
  nodeOf(reader: object | number): Node | undefined {
    if (typeof reader !== 'number') return this.#byReader.get(reader);
    const place = reader % FORKS;
    return this.#forks[place] === reader ? this.#nodes[place] : undefined;
  }

  pin(reader: object | number, node: Node): void {
    if (typeof reader !== 'number') {
      this.#byReader.set(reader, node);
      return;
    }
    const place = reader % FORKS;
    this.#forks[place] = reader;
    this.#nodes[place] = node;
  }
}
