import { randomUUID } from 'node:crypto';

import { ALL, type Dependency } from '../dependency.ts';
import type { HeardChanges } from '../entries/heard-changes.ts';
import type { Statistics } from '../statistics.ts';
import type { CacheStore } from '../store/store.ts';
import type { TableChange } from './written-dependencies.ts';

/** A change that may be under way. */
export interface Announcement {
  readonly owner: string;
  readonly changes: readonly TableChange[];
}

/** What a ledger stands on. */
export interface WriteLedgerContext {
  readonly store: CacheStore;
  readonly statistics: Statistics;
  /** How long a hold lives that nobody ends, in milliseconds. */
  readonly holdMs: number;
  /** Whether entries may depend on a table; the store is told of no other. */
  readonly isWatched: (table: TableChange['table']) => boolean;
  /** Is told of what this process changes. */
  readonly heard: HeardChanges;
}

/** How long a store that refused a bump is left alone before the next try, in milliseconds. */
const RETRY_AFTER_MS = 100;

/** Beyond so many undelivered dependencies, all entries count as changed. */
const MAX_UNDELIVERED = 10_000;

/** So many are told at a time, so that a slow store takes them in before its deadline. */
const MAX_DELIVERED_AT_ONCE = 500;

/**
 * What this process is writing, or has written without the store having taken it in. While a dependency stands here,
 * this process neither hits nor fills with it, so what it reads after its own writes does not hang on the store.
 */
export class WriteLedger {
  readonly #context: WriteLedgerContext;
  /** How many changes under way touch a dependency. */
  readonly #writing = new Map<Dependency, number>();
  #undelivered = new Set<Dependency>();
  #delivery: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(context: WriteLedgerContext) {
    this.#context = context;
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
    const { store, holdMs } = this.#context;
    return this.#try(() => store.mark(dependencies, announcement.owner, holdMs));
  }

  /** Tells the store that the change was made, or may have been. What the store does not take waits. Never rejects. */
  async settle(announcement: Announcement): Promise<void> {
    const dependencies = this.#watched(announcement);
    if (dependencies.length > 0) await this.#bump(dependencies, announcement.owner);
    const every = everyDependency(announcement);
    this.#context.heard.changed([...every]);
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

  /** Tells the store what waits, and tries again later what it does not take. Never rejects. */
  deliver(): Promise<void> {
    this.#delivery ??= this.#deliverAll().finally(() => {
      this.#delivery = undefined;
      this.#retryLater();
    });
    return this.#delivery;
  }

  /** The last chance to tell the store. Never rejects. */
  async close(): Promise<void> {
    await this.#delivery;
    await this.deliver();
    clearTimeout(this.#retry);
    this.#retry = undefined;
  }

  async #deliverAll(): Promise<void> {
    const waiting = [...this.#undelivered];
    for (let at = 0; at < waiting.length; at += MAX_DELIVERED_AT_ONCE) {
      const some = waiting.slice(at, at + MAX_DELIVERED_AT_ONCE);
      // Entered anew and taken out before the store is asked: what fails in the meantime is another change.
      const again = this.announce([{ table: ALL, dependencies: some }]);
      for (const dependency of some) this.#undelivered.delete(dependency);
      const before = this.#undelivered.size;
      await this.settle(again);
      if (this.#undelivered.size > before) return;
    }
  }

  async #bump(dependencies: readonly Dependency[], owner: string): Promise<void> {
    const { store, statistics } = this.#context;
    statistics.count('bumps');
    if (await this.#try(() => store.bump(dependencies, owner))) return;
    for (const dependency of dependencies) this.#undelivered.add(dependency);
    if (this.#undelivered.size > MAX_UNDELIVERED) this.#undelivered = new Set([ALL]);
    this.#retryLater();
  }

  #retryLater(): void {
    if (this.#undelivered.size === 0) return;
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined;
      void this.deliver();
    }, RETRY_AFTER_MS).unref();
  }

  #watched({ changes }: Announcement): Dependency[] {
    const { isWatched } = this.#context;
    return [...new Set(changes.filter(({ table }) => isWatched(table)).flatMap(({ dependencies }) => dependencies))];
  }

  async #try(call: () => Promise<void>): Promise<boolean> {
    try {
      await call();
      return true;
    } catch (error) {
      this.#context.statistics.failed(error);
      return false;
    }
  }
}

function everyDependency({ changes }: Announcement): Set<Dependency> {
  return new Set(changes.flatMap(({ dependencies }) => dependencies));
}
