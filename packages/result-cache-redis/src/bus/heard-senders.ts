/** More senders than these are forgotten, the one that was silent longest first. */
const MAX_SENDERS = 1_000;

/** How far each sender has been heard. */
export class HeardSenders {
  readonly #last = new Map<string, number>();

  /** Whether a message of this sender may have gone unheard before this one. One that comes again is none that was missed. */
  missedBefore(from: string, number: number): boolean {
    const last = this.#last.get(from) ?? 0;
    this.#last.delete(from);
    this.#last.set(from, Math.max(last, number));
    if (this.#last.size > MAX_SENDERS) this.#forgetOldest();
    return number > last + 1;
  }

  clear(): void {
    this.#last.clear();
  }

  #forgetOldest(): void {
    const [oldest] = this.#last.keys();
    if (oldest !== undefined) this.#last.delete(oldest);
  }
}
