/** How many forks a generation holds. The last two are remembered. */
const GENERATION = 5_000;

/** The replica that each reader keeps to, so that it never sees time go back. Outside of requests the last 5,000 forks, at least. */
export class ReadMemory<Node extends object> {
  readonly #byReader = new WeakMap<object, Node>();
  #young = new Map<number, Node>();
  #old: ReadonlyMap<number, Node> = new Map();

  /** @param reader an object that lives as long as its request, or the id of a fork of the EntityManager */
  nodeOf(reader: object | number): Node | undefined {
    if (typeof reader !== 'number') return this.#byReader.get(reader);
    return this.#young.get(reader) ?? this.#old.get(reader);
  }

  pin(reader: object | number, node: Node): void {
    if (typeof reader !== 'number') {
      this.#byReader.set(reader, node);
      return;
    }
    this.#young.set(reader, node);
    if (this.#young.size < GENERATION) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}
