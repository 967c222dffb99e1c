/** The replica of each reader, by index; a reader is any object that lives as long as its request. */
export class ReadMemory {
  readonly #replicas = new WeakMap<object, number>();

  replicaOf(reader: object): number | undefined {
    return this.#replicas.get(reader);
  }

  pin(reader: object, replica: number): void {
    this.#replicas.set(reader, replica);
  }
}
