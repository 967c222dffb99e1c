/** Beyond so many dependencies, those that changed longest ago count as one: everything may have changed until then. */
const MAX_HEARD = 10_000;

/**
 * What has changed, and in which order, as far as this process has heard: by its own writes at once, by those of others
 * as soon as the bus tells. What was learnt of a dependency before it changed counts no more, also when the answer comes
 * in after the news. Bounded; forgetting makes more count as changed, never less.
 */
export class HeardChanges {
  #epoch = 0;
  /** Everything may have changed up to this epoch. */
  #allUntil = 0;
  readonly #changedAt = new Map<string, number>();

  /** To be taken before a question is asked whose answer is to be trusted: {@link since}. */
  get epoch(): number {
    return this.#epoch;
  }

  changed(dependencies: readonly string[]): void {
    this.#epoch++;
    for (const dependency of dependencies) {
      this.#changedAt.delete(dependency);
      this.#changedAt.set(dependency, this.#epoch);
    }
    while (this.#changedAt.size > MAX_HEARD) this.#forgetOldest();
  }

  lost(): void {
    this.#allUntil = ++this.#epoch;
    this.#changedAt.clear();
  }

  /** Whether one of these may have changed since `epoch`. */
  since(epoch: number, dependencies: readonly string[]): boolean {
    if (epoch < this.#allUntil) return true;
    if (epoch === this.#epoch) return false;
    return dependencies.some(dependency => (this.#changedAt.get(dependency) ?? 0) > epoch);
  }

  #forgetOldest(): void {
    for (const [dependency, epoch] of this.#changedAt) {
      this.#allUntil = epoch;
      this.#changedAt.delete(dependency);
      return;
    }
  }
}
