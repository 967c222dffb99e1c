import type { EntityTables } from '../entity-tables.ts';
import type { Guard, Listeners } from '../listeners.ts';
import type { CallOrigin, Origins } from '../origin.ts';
import type { PopulatePaths } from '../populate-paths.ts';
import { settle, unwrap, type Settled } from '../settle.ts';
import type { ObservedStatement, Outcome, Statement } from '../statement.ts';
import type { Classification } from './classify.ts';
import { type Handover, originOf } from './handover.ts';
import type { CompiledQuery, QueryResult } from './kysely-seam.ts';
import type { Preparation } from './preparation.ts';
import { sendTracked, type StateChanges } from './state-changes.ts';
import type { StatementCache } from './statement-cache.ts';
import { TransactionTracker } from './transaction-tracker.ts';

/** What the connections of one ORM share. */
export interface TapContext {
  readonly listeners: Listeners;
  readonly handover: Handover;
  readonly origins: Origins;
  readonly statements: StatementCache;
  readonly entities: EntityTables;
  readonly populatePaths: PopulatePaths;
  readonly preparation: Preparation;
}

const UNGUARDED: readonly Guard[] = [];

/** A statement that is being described; spreading it together field by field would cost more than all the rest. */
type Draft = { -readonly [Field in keyof Statement]: Statement[Field] };

/** A statement that somebody wants to hear of. */
interface Heard {
  readonly text: string;
  readonly params: readonly unknown[];
  readonly found: Classification;
  readonly origin: CallOrigin | undefined;
  readonly poolWaitUs: number;
}

/** The same, described. */
interface Running {
  readonly statement: Statement;
  readonly found: Classification;
  readonly poolWaitUs: number;
  /** Those who wait around it. */
  readonly guards: readonly Guard[];
}

/** Runs the statements of one database connection and tells the listeners of each. */
export class StatementRunner {
  readonly #tap: TapContext;
  readonly #node: string;
  readonly #transactions: TransactionTracker;
  #waitedUs = 0;
  /** When the connection was handed out, as long as nothing was sent on it; saves the first statement a look at the clock. */
  #acquiredAt = 0;

  constructor(tap: TapContext, node: string) {
    this.#tap = tap;
    this.#node = node;
    this.#transactions = new TransactionTracker(node);
  }

  /** Whether there is anybody to tell. */
  get isHeard(): boolean {
    return this.#tap.listeners.any;
  }

  /** The connection was handed out after that long a wait, at a time of `performance.now()`, or 0 if it was not taken. */
  acquired(waitUs: number, at: number): void {
    this.#transactions.abandon();
    this.#waitedUs = waitUs;
    this.#acquiredAt = at;
  }

  execute(query: CompiledQuery, send: () => Promise<QueryResult>): Promise<QueryResult> {
    const heard = this.#hear(query);
    return heard ? this.#run(heard, send) : send();
  }

  async *stream(
    query: CompiledQuery,
    open: () => AsyncIterableIterator<QueryResult>,
  ): AsyncIterableIterator<QueryResult> {
    const heard = this.#hear(query);
    if (heard) yield* this.#drain(this.#running(heard, this.#guardsOf(heard)), open);
    else yield* open();
  }

  /** Undefined when the layer above reports the statement, or nobody wants to hear of it. */
  #hear(query: CompiledQuery): Heard | undefined {
    const { listeners, statements } = this.#tap;
    const origin = this.#originOf(query);
    if (origin === 'reported above') return undefined;
    const text = origin?.prepared?.query ?? query.sql;
    const found = statements.classify(text);
    const poolWaitUs = this.#waitedUs;
    this.#waitedUs = 0;
    if (listeners.hears(found)) {
      return { text, params: origin?.prepared?.params ?? query.parameters, found, origin, poolWaitUs };
    }
    this.#acquiredAt = 0;
    return undefined;
  }

  /** Streams are not handed over by identity; they run inside the async context of their call. */
  #originOf(query: CompiledQuery): CallOrigin | 'reported above' | undefined {
    const given = originOf(query);
    if (given) return given;
    const origin = this.#tap.origins.current();
    if (origin?.kind === 'dump') return 'reported above';
    return origin?.prepared?.formatted === query.sql ? origin : undefined;
  }

  #guardsOf({ found }: Heard): readonly Guard[] {
    const { writes, command } = found;
    const isGuarded = writes.length > 0 || command === 'commit' || this.#transactions.mayEnd(found);
    return isGuarded ? this.#tap.listeners.guardsOf(this.#node, this.#transactions.current) : UNGUARDED;
  }

  #running(heard: Heard, guards: readonly Guard[]): Running {
    const { found, poolWaitUs } = heard;
    return { statement: this.#describe(heard), found, poolWaitUs, guards };
  }

  #describe({ text, params, found, origin }: Heard): Statement {
    const { kind, command, tables, writes } = found;
    const draft: Draft = { text, params, kind, tables, writes, node: this.#node };
    const entity = this.#tap.entities.entityOf(tables);
    const populates = this.#tap.populatePaths.current();
    if (this.#transactions.mayEnd(found)) draft.endsTransaction = true;
    const transaction = this.#transactions.enter(found);
    if (command) draft.command = command;
    if (entity !== undefined) draft.entity = entity;
    const fork = origin?.fork;
    if (fork !== undefined) draft.fork = fork;
    const context = origin?.context;
    if (context) draft.context = context;
    if (populates !== undefined) draft.populates = populates;
    if (transaction) draft.transaction = transaction;
    return draft;
  }

  async #run(heard: Heard, send: () => Promise<QueryResult>): Promise<QueryResult> {
    const { found, poolWaitUs } = heard;
    const guards = this.#guardsOf(heard);
    const guarded = guards.length > 0 ? this.#running(heard, guards) : undefined;
    const asked = guarded && this.#ask(guarded);
    if (asked) await asked;
    const sent = this.#sendingAt(guarded);
    const isTracked = this.#tap.preparation.isTracked && found.kind !== 'read';
    const [answer, reply] = isTracked ? sendTracked(send) : [send(), undefined];
    // Described when the database is at work already, if nobody had to be asked before.
    const running = guarded ?? this.#running(heard, guards);
    let result: QueryResult;
    try {
      result = await answer;
    } catch (error) {
      const ended = this.#end(running, { durationUs: microsecondsSince(sent), poolWaitUs, error });
      if (ended) await ended;
      throw error;
    }
    const ended = this.#end(running, successOf(result, running, microsecondsSince(sent), reply?.changes));
    if (ended) await ended;
    return result;
  }

  #sendingAt(guarded: Running | undefined): number {
    const at = guarded ? 0 : this.#acquiredAt;
    this.#acquiredAt = 0;
    return at === 0 ? performance.now() : at;
  }

  /** A stream's duration is the time spent waiting for the database, not for the consumer. */
  async *#drain(running: Running, open: () => AsyncIterableIterator<QueryResult>): AsyncIterableIterator<QueryResult> {
    await this.#ask(running);
    const { poolWaitUs } = running;
    const source = open();
    let durationUs = 0;
    let rows = 0;
    let last: Settled<IteratorResult<QueryResult>> = { result: { done: true, value: undefined } };
    try {
      while (true) {
        const asked = performance.now();
        last = await settle(() => source.next());
        durationUs += microsecondsSince(asked);
        const next = unwrap(last);
        if (next.done === true) return;
        rows += next.value.rows.length;
        yield next.value;
      }
    } finally {
      await source.return?.();
      const error = 'error' in last && { error: last.error };
      await this.#end(running, { durationUs, poolWaitUs, rows, ...error });
    }
  }

  /** The guards' word, if there is anything to wait for; a refusal is told like any other error. */
  #ask(running: Running): Promise<void> | undefined {
    const { guards, statement } = running;
    return this.#tap.listeners.before(guards, statement)?.catch((error: unknown) => {
      this.#tell(running, { durationUs: 0, poolWaitUs: running.poolWaitUs, error });
      throw error;
    });
  }

  /** Something to wait for only when guards want to know. */
  #end(running: Running, outcome: Outcome): Promise<void> | undefined {
    this.#transactions.leave(running.found, 'error' in outcome);
    this.#tell(running, outcome);
    return this.#tap.listeners.after(running.guards, running.statement, outcome);
  }

  /** A guard may hold on to its statement, so that one stays as it was. */
  #tell({ statement, guards }: Running, outcome: Outcome): void {
    const observed: ObservedStatement = Object.assign(guards.length > 0 ? { ...statement } : statement, outcome);
    this.#tap.listeners.tell(observed);
  }
}

function successOf(
  result: QueryResult,
  { found, poolWaitUs }: Running,
  durationUs: number,
  stateChanges: StateChanges | undefined,
): Outcome {
  const outcome: { -readonly [Field in keyof Outcome]: Outcome[Field] } = { durationUs, poolWaitUs };
  const rows = rowsOf(result, found);
  if (rows !== undefined) outcome.rows = rows;
  if (stateChanges) outcome.stateChanges = stateChanges;
  return outcome;
}

function rowsOf(result: QueryResult, { kind }: Classification): number | undefined {
  if (kind === 'write' && result.numAffectedRows !== undefined) return Number(result.numAffectedRows);
  return kind === 'read' || kind === 'write' ? result.rows.length : undefined;
}

function microsecondsSince(start: number): number {
  return (performance.now() - start) * 1_000;
}
