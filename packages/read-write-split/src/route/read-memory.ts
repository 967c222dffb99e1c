/** How many forks are remembered outside of requests; the oldest are forgotten first. */
const MAX_FORKS = 10_000;

/** The replica that each reader keeps to, so that it never sees time go back. */
export class ReadMemory<Node extends object> {
  readonly #byReader = new WeakMap<object, Node>();
  readonly #byFork = new Map<number, Node>();

  /** @param reader an object that lives as long as its request, or the id of a fork of the EntityManager */
  nodeOf(reader: object | number): Node | undefined {
    return typeof reader === 'number' ? this.#byFork.get(reader) : this.#byReader.get(reader);
  }

  pin(reader: object | number, node: Node): void {
    if (typeof reader !== 'number') {
      this.#byReader.set(reader, node);
      return;
    }
    this.#byFork.set(reader, node);
    const [oldest] = this.#byFork.keys();
    if (this.#byFork.size > MAX_FORKS && oldest !== undefined) this.#byFork.delete(oldest);
  }
}
