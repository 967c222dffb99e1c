import { AsyncLocalStorage } from 'node:async_hooks';

import type { ObservedStatement, StatementTap } from '@mikro-kit/statement-tap';
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
  readonly #tap: Pick<StatementTap, 'observe'>;
  readonly #concerns: (statement: ObservedStatement) => boolean;
  /** How many runs there are anywhere: mostly none, and then no statement is listened to. */
  #underWay = 0;
  #stopListening: (() => void) | undefined;

  /** @param concerns whether a statement has a say in what may be kept */
  constructor(tap: Pick<StatementTap, 'observe'>, concerns: (statement: ObservedStatement) => boolean = () => true) {
    this.#tap = tap;
    this.#concerns = concerns;
  }

  /** Whether a result is being made here that will be kept. */
  get isInside(): boolean {
    return this.#current() !== undefined;
  }

  /** Runs a function, whose result changes with `tables`. */
  of<T>(fn: () => Promise<T> | T, tables: readonly TableDependency[] = []): StartedRun<T> {
    const run: Run = { tables: new Set(tables), readers: new WeakSet(), refusal: undefined };
    this.#underWay++;
    this.#stopListening ??= this.#tap.observe(statement => this.#observe(statement));
    const result = this.#storage.run(run, async () => fn()).finally(() => this.#ended());
    return { result, refusal: () => run.refusal };
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

  #observe(statement: ObservedStatement): void {
    const run = this.#current();
    if (!run || !this.#concerns(statement)) return;
    if (statement.transaction) run.refusal = 'transaction';
    else if (statement.node !== 'primary') run.refusal ??= 'replica';
  }

  #ended(): void {
    this.#underWay--;
    if (this.#underWay > 0) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
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
