import { randomUUID } from 'node:crypto';

import { ALL, type Dependency } from './dependency.ts';
import type { Statistics } from './statistics.ts';
import type { CacheStore } from './store.ts';

/** A change of some dependencies that may be under way. */
export interface Announcement {
  readonly owner: string;
  readonly dependencies: readonly Dependency[];
}

/** How long a store that refused a bump is left alone before the next try, in milliseconds. */
const RETRY_AFTER_MS = 1_000;

/** Beyond so many undelivered dependencies, all entries count as changed. */
const MAX_UNDELIVERED = 10_000;

/**
 * What this process is writing, or has written without the store having taken it in. While a dependency stands here,
 * this process neither hits nor fills with it, so what it reads after its own writes does not hang on the store.
 */
export class WriteLedger {
  readonly #store: CacheStore;
  readonly #statistics: Statistics;
  readonly #holdMs: number;
  readonly #writing = new Set<Announcement>();
  #undelivered = new Set<Dependency>();
  #retriedAt = -Infinity;

  constructor(store: CacheStore, statistics: Statistics, holdMs: number) {
    this.#store = store;
    this.#statistics = statistics;
    this.#holdMs = holdMs;
  }

  /** Enters a change before it is made. {@link settle} must follow, however the change ends. */
  announce(dependencies: readonly Dependency[]): Announcement {
    const announcement = { owner: randomUUID(), dependencies };
    this.#writing.add(announcement);
    return announcement;
  }

  /** Tells the store that the change is about to be made. Never rejects. */
  async mark({ dependencies, owner }: Announcement): Promise<void> {
    await this.#try(() => this.#store.mark(dependencies, owner, this.#holdMs));
  }

  /** Tells the store that the change was made, or may have been. What the store does not take waits. Never rejects. */
  async settle(announcement: Announcement): Promise<void> {
    const { dependencies, owner } = announcement;
    this.#statistics.count('bumps', dependencies.length);
    const taken = await this.#try(() => this.#store.bump(dependencies, owner));
    if (!taken) this.#postpone(dependencies);
    this.#writing.delete(announcement);
  }

  /** Whether one of these is being changed, or was without the store knowing it. */
  touches(dependencies: readonly Dependency[]): boolean {
    if (dependencies.some(dependency => this.#undelivered.has(dependency))) return true;
    for (const writing of this.#writing) {
      if (writing.dependencies.some(dependency => dependencies.includes(dependency))) return true;
    }
    return false;
  }

  /** How many dependencies wait to be told to the store. */
  get undelivered(): number {
    return this.#undelivered.size;
  }

  /** Tells the store what waits, at most once a second. Never rejects. */
  async redeliver(): Promise<void> {
    if (this.#undelivered.size === 0 || performance.now() - this.#retriedAt < RETRY_AFTER_MS) return;
    this.#retriedAt = performance.now();
    // Moved before the store is asked: what fails in the meantime is another change and must not pass for delivered.
    const again = this.announce([...this.#undelivered]);
    this.#undelivered = new Set();
    await this.settle(again);
  }

  #postpone(dependencies: readonly Dependency[]): void {
    for (const dependency of dependencies) this.#undelivered.add(dependency);
    if (this.#undelivered.size > MAX_UNDELIVERED) this.#undelivered = new Set([ALL]);
  }

  async #try(call: () => Promise<void>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      this.#statistics.failed(error);
      return false;
    }
  }
}
