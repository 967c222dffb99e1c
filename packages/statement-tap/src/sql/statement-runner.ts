import type { EntityTables } from '../entity-tables.ts';
import type { Listeners } from '../listeners.ts';
import type { CallOrigin, Origins } from '../origin.ts';
import type { PopulatePaths } from '../populate-paths.ts';
import { settle, unwrap, type Settled } from '../settle.ts';
import type { Outcome, Statement } from '../statement.ts';
import type { Classification } from './classify.ts';
import type { CompiledQuery, QueryResult } from './kysely-seam.ts';
import type { StatementCache } from './statement-cache.ts';
import { TransactionTracker } from './transaction-tracker.ts';

/** What the connections of one ORM share. */
export interface TapContext {
  readonly listeners: Listeners;
  readonly origins: Origins;
  readonly statements: StatementCache;
  readonly entities: EntityTables;
  readonly populatePaths: PopulatePaths;
}

interface Running {
  readonly statement: Statement;
  readonly found: Classification;
  readonly poolWaitUs: number;
  readonly guarded: boolean;
}

/** Runs the statements of one database connection and tells the listeners of each. */
export class StatementRunner {
  readonly #tap: TapContext;
  readonly #node: string;
  readonly #transactions: TransactionTracker;
  #waitedUs = 0;

  constructor(tap: TapContext, node: string) {
    this.#tap = tap;
    this.#node = node;
    this.#transactions = new TransactionTracker(node);
  }

  /** The connection was handed out, after that long a wait. */
  acquired(waitUs: number): void {
    this.#transactions.abandon();
    this.#waitedUs = waitUs;
  }

  execute(query: CompiledQuery, send: () => Promise<QueryResult>): Promise<QueryResult> {
    const running = this.#start(query);
    return running ? this.#run(running, send) : send();
  }

  async *stream(
    query: CompiledQuery,
    open: () => AsyncIterableIterator<QueryResult>,
  ): AsyncIterableIterator<QueryResult> {
    const running = this.#start(query);
    if (running) yield* this.#drain(running, open);
    else yield* open();
  }

  /** Undefined when nobody listens, or when the layer above reports the statement. */
  #start(query: CompiledQuery): Running | undefined {
    const { listeners, origins, statements } = this.#tap;
    if (!listeners.any || origins.current()?.kind === 'dump') return undefined;
    const origin = origins.claim(query.sql);
    const text = origin?.prepared.query ?? query.sql;
    const found = statements.classify(text);
    const statement = this.#describe(text, origin?.prepared.params ?? query.parameters, found, origin);
    const poolWaitUs = this.#waitedUs;
    this.#waitedUs = 0;
    return { statement, found, poolWaitUs, guarded: listeners.anyGuard && isGuarded(found) };
  }

  #describe(text: string, params: readonly unknown[], found: Classification, origin?: CallOrigin): Statement {
    const { kind, command, tables, writes } = found;
    const entity = this.#tap.entities.entityOf(tables);
    const populates = this.#tap.populatePaths.current();
    const transaction = this.#transactions.enter(found);
    return {
      text,
      params,
      kind,
      tables,
      writes,
      node: this.#node,
      ...(command && { command }),
      ...(entity !== undefined && { entity }),
      ...(origin?.fork !== undefined && { fork: origin.fork }),
      ...(origin?.context && { context: origin.context }),
      ...(populates !== undefined && { populates }),
      ...(transaction && { transaction }),
    };
  }

  async #run(running: Running, send: () => Promise<QueryResult>): Promise<QueryResult> {
    if (running.guarded) await this.#ask(running);
    const sent = performance.now();
    const settled = await settle(send);
    const rows = 'result' in settled ? rowsOf(settled.result, running.found) : undefined;
    const outcome = { ...outcomeOf(settled, running, microsecondsSince(sent)), ...(rows !== undefined && { rows }) };
    await this.#end(running, outcome);
    return unwrap(settled);
  }

  /** A stream's duration is the time spent waiting for the database, not for the consumer. */
  async *#drain(running: Running, open: () => AsyncIterableIterator<QueryResult>): AsyncIterableIterator<QueryResult> {
    if (running.guarded) await this.#ask(running);
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
      await this.#end(running, { ...outcomeOf(last, running, durationUs), rows });
    }
  }

  /** The guards' word; a refusal is told like any other error. */
  async #ask(running: Running): Promise<void> {
    const refused = await settle(() => this.#tap.listeners.before(running.statement));
    if (!('error' in refused)) return;
    this.#tell(running, outcomeOf(refused, running, 0));
    throw refused.error;
  }

  async #end(running: Running, outcome: Outcome): Promise<void> {
    this.#transactions.leave(running.found, 'error' in outcome);
    this.#tell(running, outcome);
    if (running.guarded) await this.#tap.listeners.after(running.statement, outcome);
  }

  #tell({ statement }: Running, outcome: Outcome): void {
    this.#tap.listeners.tell({ ...statement, ...outcome });
  }
}

function isGuarded({ writes, command }: Classification): boolean {
  return writes.length > 0 || command === 'commit';
}

function outcomeOf(settled: Settled<unknown>, { poolWaitUs }: Running, durationUs: number): Outcome {
  return { durationUs, poolWaitUs, ...('error' in settled && { error: settled.error }) };
}

function rowsOf(result: QueryResult, { kind }: Classification): number | undefined {
  if (kind === 'write' && result.numAffectedRows !== undefined) return Number(result.numAffectedRows);
  return kind === 'read' || kind === 'write' ? result.rows.length : undefined;
}

function microsecondsSince(start: number): number {
  return (performance.now() - start) * 1_000;
}
