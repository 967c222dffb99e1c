import { randomUUID } from 'node:crypto';

import { ALL, type Dependency } from './dependency.ts';
import type { HeardChanges } from './heard-changes.ts';
import type { Statistics } from './statistics.ts';
import type { CacheStore } from './store.ts';
import type { TableChange } from './written-dependencies.ts';

/** A change that may be under way. */
export interface Announcement {
  readonly owner: string;
  readonly changes: readonly TableChange[];
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
  readonly #isWatched: (table: TableChange['table']) => boolean;
  readonly #heard: HeardChanges;
  /** How many changes under way touch a dependency. */
  readonly #writing = new Map<Dependency, number>();
  #undelivered = new Set<Dependency>();
  #retriedAt = -Infinity;

  /**
   * @param isWatched whether entries may depend on a table; the store is told of no other
   * @param heard is told of what this process changes
   */
  constructor(
    store: CacheStore,
    statistics: Statistics,
    holdMs: number,
    isWatched: (table: TableChange['table']) => boolean,
    heard: HeardChanges,
  ) {
    this.#store = store;
    this.#statistics = statistics;
    this.#holdMs = holdMs;
    this.#isWatched = isWatched;
    this.#heard = heard;
  }

  /** Enters a change before it is made. {@link settle} must follow, however the change ends. */
  announce(changes: readonly TableChange[]): Announcement {
    const announcement = { owner: randomUUID(), changes };
    for (const dependency of everyDependency(announcement)) {
      this.#writing.set(dependency, (this.#writing.get(dependency) ?? 0) + 1);
    }
    return announcement;
  }

  /** Tells the store that the change is about to be made. Whether it has taken that in; never rejects. */
  async mark(announcement: Announcement): Promise<boolean> {
    const dependencies = this.#watched(announcement);
    if (dependencies.length === 0) return true;
    return this.#try(() => this.#store.mark(dependencies, announcement.owner, this.#holdMs));
  }

  /** Tells the store that the change was made, or may have been. What the store does not take waits. Never rejects. */
  async settle(announcement: Announcement): Promise<void> {
    const dependencies = this.#watched(announcement);
    if (dependencies.length > 0) await this.#bump(dependencies, announcement.owner);
    const every = everyDependency(announcement);
    this.#heard.changed([...every]);
    for (const dependency of every) {
      const left = (this.#writing.get(dependency) ?? 1) - 1;
      if (left > 0) this.#writing.set(dependency, left);
      else this.#writing.delete(dependency);
    }
  }

  /** Has everything that depends on one of these loaded anew. Never rejects. */
  renew(dependencies: readonly Dependency[]): Promise<void> {
    return this.settle(this.announce([{ table: ALL, dependencies }]));
  }

  /** The positions of those that are being changed, or were without the store knowing it. */
  touching(dependencies: readonly Dependency[]): number[] {
    if (this.#writing.size === 0 && this.#undelivered.size === 0) return [];
    return dependencies.flatMap((dependency, at) =>
      this.#writing.has(dependency) || this.#undelivered.has(dependency) ? [at] : [],
    );
  }

  /** How many dependencies wait to be told to the store. */
  get undelivered(): number {
    return this.#undelivered.size;
  }

  /** Tells the store what waits, at most once a second unless it is the last chance. Never rejects. */
  async redeliver(isLastChance = false): Promise<void> {
    if (this.#undelivered.size === 0) return;
    if (!isLastChance && performance.now() - this.#retriedAt < RETRY_AFTER_MS) return;
    this.#retriedAt = performance.now();
    // Moved before the store is asked: what fails in the meantime is another change and must not pass for delivered.
    const again = this.announce([{ table: ALL, dependencies: [...this.#undelivered] }]);
    this.#undelivered = new Set();
    await this.settle(again);
  }

  async #bump(dependencies: readonly Dependency[], owner: string): Promise<void> {
    this.#statistics.count('bumps');
    if (await this.#try(() => this.#store.bump(dependencies, owner))) return;
    for (const dependency of dependencies) this.#undelivered.add(dependency);
    if (this.#undelivered.size > MAX_UNDELIVERED) this.#undelivered = new Set([ALL]);
  }

  #watched({ changes }: Announcement): Dependency[] {
    return [
      ...new Set(changes.filter(({ table }) => this.#isWatched(table)).flatMap(({ dependencies }) => dependencies)),
    ];
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

function everyDependency({ changes }: Announcement): Set<Dependency> {
  return new Set(changes.flatMap(({ dependencies }) => dependencies));
}
