import { AsyncLocalStorage } from 'node:async_hooks';

import type { ObservedStatement } from '@mikro-kit/statement-tap';
import { helper, type EntityManager } from '@mikro-orm/core';

import { tableDependency, type TableDependency } from '../dependency.ts';
import type { BypassReason } from '../statistics.ts';

/** One run of a wrapped function. */
interface Run {
  /** What its result changes with. */
  readonly tables: ReadonlySet<TableDependency>;
  /** The EntityManagers that have read in it. */
  readonly readers: WeakSet<EntityManager>;
  refusal: BypassReason | undefined;
}

/** The result of a run, and afterwards why it must not be kept, if there is a reason. */
interface StartedRun<T> {
  readonly result: Promise<T>;
  refusal(): BypassReason | undefined;
}

/** Watches what wrapped functions read: what may not have been committed, may lag behind or was read before must not be kept. */
export class WrappedRuns {
  readonly #storage = new AsyncLocalStorage<Run>();
  /** How many runs there are anywhere: mostly none, and then nothing has to be looked for. */
  #underWay = 0;

  /** Whether a result is being made here that will be kept. */
  get isInside(): boolean {
    return this.#current() !== undefined;
  }

  /** Runs a function, whose result changes with `tables`. */
  of<T>(fn: () => Promise<T> | T, tables: readonly TableDependency[] = []): StartedRun<T> {
    const run: Run = { tables: new Set(tables), readers: new WeakSet(), refusal: undefined };
    this.#underWay++;
    const result = this.#storage.run(run, async () => fn()).finally(() => this.#underWay--);
    return { result, refusal: () => run.refusal };
  }

  observe({ transaction, node }: ObservedStatement): void {
    const run = this.#current();
    if (!run) return;
    if (transaction) run.refusal = 'transaction';
    else if (node !== 'primary') run.refusal ??= 'replica';
  }

  /** Told before an EntityManager reads, which gives entities that it has loaded before the run as they were then. */
  reading(reader: EntityManager): void {
    const run = this.#current();
    if (!run || run.tables.size === 0) return;
    const em = reader.getContext(false);
    if (run.readers.has(em)) return;
    run.readers.add(em);
    if (hasLoaded(em, run.tables)) run.refusal ??= 'loaded before';
  }

  #current(): Run | undefined {
    return this.#underWay > 0 ? this.#storage.getStore() : undefined;
  }
}

function hasLoaded(em: EntityManager, tables: ReadonlySet<TableDependency>): boolean {
  return [...em.getUnitOfWork(false).getIdentityMap()].some(entity => {
    const { __meta: meta } = helper(entity);
    return [meta.tableName, meta.root.tableName].some(name => tables.has(tableDependency(name)));
  });
}
