import { withinDeadline } from './deadline.ts';
import { settle, unwrap } from './settle.ts';
import { isStatementRefused } from './statement-refused.ts';
import type { ObservedStatement, Outcome, Statement, Transaction } from './statement.ts';

/** Told of every statement after the fact. Not awaited; what it throws or rejects with is ignored, with one warning. */
export type Observer = (statement: ObservedStatement) => unknown;

/** What an observer is told of. */
export interface ObserveOptions {
  /** Whether also of reads, as far as they change nothing. What nobody wants to hear of is not described. Default true. */
  readonly reads?: boolean;
}

/**
 * Awaited around every statement that may change rows or schema and around every `commit`, autocommit ones and
 * Kysely's own included. A `before` that throws a {@link StatementRefused} stops the statement; any other failure, and
 * a `before` or `after` that is not done within `deadlineMs`, lets it proceed.
 */
export interface Guard {
  before?(statement: Statement): Promise<void> | void;
  after?(statement: Statement, outcome: Outcome): Promise<void> | void;
  /**
   * Whether it is about statements of this node, within this transaction or outside of any. Asked for each, so it must not
   * take long. Default: about all.
   */
  concerns?(node: string, transaction: Transaction | undefined): boolean;
  /** How long each of the two may hold a statement up, in milliseconds. Default 1,000. */
  readonly deadlineMs?: number;
}

const DEFAULT_DEADLINE_MS = 1_000;

/** Who listens to one ORM's statements. `warn` hears, once each, of the listeners that fail or are late. */
export class Listeners {
  readonly #warn: (message: string) => void;
  readonly #warned = new WeakSet<object>();
  /** Told of everything. */
  #observers: readonly Observer[] = [];
  /** Told of all but plain reads. */
  #writeObservers: readonly Observer[] = [];
  #guards: readonly Guard[] = [];

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  get any(): boolean {
    return this.#observers.length > 0 || this.#writeObservers.length > 0 || this.#guards.length > 0;
  }

  /** Whether anybody wants to be told of a statement like this. */
  hears(statement: Effects): boolean {
    return this.#observers.length > 0 || !isPlainRead(statement);
  }

  /** The guards that wait around statements of this node, within this transaction or outside of any. */
  guardsOf(node: string, transaction: Transaction | undefined): readonly Guard[] {
    return this.#guards.filter(guard => this.#concerns(guard, node, transaction));
  }

  observe(observer: Observer, { reads = true }: ObserveOptions = {}): () => void {
    if (reads) this.#observers = [...this.#observers, observer];
    else this.#writeObservers = [...this.#writeObservers, observer];
    return () => {
      this.#observers = this.#observers.filter(other => other !== observer);
      this.#writeObservers = this.#writeObservers.filter(other => other !== observer);
    };
  }

  guard(guard: Guard): () => void {
    this.#guards = [...this.#guards, guard];
    return () => void (this.#guards = this.#guards.filter(other => other !== guard));
  }

  tell(statement: ObservedStatement): void {
    for (const observer of this.#observers) this.#tell(observer, statement);
    if (isPlainRead(statement)) return;
    for (const observer of this.#writeObservers) this.#tell(observer, statement);
  }

  /** Has guards wait around work that is not a statement of an SQL connection. */
  async around<T>(guards: readonly Guard[], statement: Statement, work: () => Promise<T>): Promise<T> {
    await this.before(guards, statement);
    const sent = performance.now();
    const settled = await settle(work);
    const durationUs = (performance.now() - sent) * 1_000;
    const error = 'error' in settled && { error: settled.error };
    await this.after(guards, statement, { durationUs, poolWaitUs: 0, ...error });
    return unwrap(settled);
  }

  /**
   * Something to wait for unless all guards agree at once. Rejects only with what a guard refuses with; the guards that
   * had been asked before it hear of that in `after`.
   */
  before(guards: readonly Guard[], statement: Statement): Promise<void> | undefined {
    return this.#askFrom(0, guards, statement);
  }

  /** Something to wait for only when a guard wants to know. */
  after(guards: readonly Guard[], statement: Statement, outcome: Outcome): Promise<void> | undefined {
    return guards.some(guard => 'after' in guard) ? this.#finish(guards, statement, outcome) : undefined;
  }

  #tell(observer: Observer, statement: ObservedStatement): void {
    try {
      const told = observer(statement);
      if (told instanceof Promise) told.catch((error: unknown) => this.#observerFailed(observer, error));
    } catch (error) {
      this.#observerFailed(observer, error);
    }
  }

  #concerns(guard: Guard, node: string, transaction: Transaction | undefined): boolean {
    try {
      return guard.concerns?.(node, transaction) ?? true;
    } catch (error) {
      this.#complain(guard, `A statement guard failed: ${messageOf(error)}`);
      return false;
    }
  }

  #askFrom(first: number, guards: readonly Guard[], statement: Statement): Promise<void> | undefined {
    for (let at = first; at < guards.length; at++) {
      const held = this.#askOne(at, guards, statement);
      if (held) return held.then(() => this.#askFrom(at + 1, guards, statement));
    }
    return undefined;
  }

  #askOne(at: number, guards: readonly Guard[], statement: Statement): Promise<void> | undefined {
    const guard = guards[at];
    if (!guard) return undefined;
    const refuse = (error: unknown): Promise<never> => this.#refuse(guards.slice(0, at), statement, error);
    try {
      return this.#hold(guard, () => guard.before?.(statement))?.catch(refuse);
    } catch (error) {
      return refuse(error);
    }
  }

  async #refuse(asked: readonly Guard[], statement: Statement, error: unknown): Promise<never> {
    await this.#finish(asked, statement, { durationUs: 0, poolWaitUs: 0, error });
    throw error;
  }

  /** The statement is over: a refusal comes too late to stop anything. */
  async #finish(guards: readonly Guard[], statement: Statement, outcome: Outcome): Promise<void> {
    for (const guard of guards) await settle(async () => this.#hold(guard, () => guard.after?.(statement, outcome)));
  }

  #observerFailed(observer: Observer, error: unknown): void {
    this.#complain(observer, `A statement observer failed: ${messageOf(error)}`);
  }

  /** Throws, or rejects, only with a refusal. */
  #hold(guard: Guard, hook: () => Promise<void> | void): Promise<void> | undefined {
    try {
      const work = hook();
      return work ? this.#holdUp(guard, work) : undefined;
    } catch (error) {
      return this.#failed(guard, error);
    }
  }

  async #holdUp(guard: Guard, work: Promise<void>): Promise<void> {
    const deadlineMs = guard.deadlineMs ?? DEFAULT_DEADLINE_MS;
    try {
      if ((await withinDeadline(work, deadlineMs)) === 'late') {
        this.#complain(guard, `A statement guard took more than ${deadlineMs} ms; the statement went on without it.`);
      }
    } catch (error) {
      this.#failed(guard, error);
    }
  }

  #failed(guard: Guard, error: unknown): undefined {
    if (isStatementRefused(error)) throw error;
    this.#complain(guard, `A statement guard failed: ${messageOf(error)}`);
  }

  #complain(listener: object, message: string): void {
    if (this.#warned.has(listener)) return;
    this.#warned.add(listener);
    this.#warn(message);
  }
}

type Effects = Pick<Statement, 'kind' | 'writes' | 'endsTransaction'>;

function isPlainRead({ kind, writes, endsTransaction }: Effects): boolean {
  return kind === 'read' && writes.length === 0 && !endsTransaction;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
