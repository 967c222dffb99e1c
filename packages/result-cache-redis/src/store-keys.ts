/** The keys of a store. */
export class StoreKeys {
  readonly #stamps: string;
  readonly #leases: string;
  /** What the keys of all entries start with, and no others. */
  readonly entries: string;

  constructor(prefix: string) {
    this.entries = `${prefix}e:`;
    this.#stamps = `${prefix}s:`;
    this.#leases = `${prefix}l:`;
  }

  entry(key: string): string {
    return this.entries + key;
  }

  stamp(dependency: string): string {
    return this.#stamps + dependency;
  }

  lease(key: string): string {
    return this.#leases + key;
  }

  /** What {@link stamp} was made of. */
  dependency(stamp: string): string {
    return stamp.slice(this.#stamps.length);
  }
}
