import { callOrigin, type CallOrigin } from '../origin.ts';
import type { CompiledQuery } from './kysely-seam.ts';

/** Whatever sends the queries that the host compiles: its Kysely, or a transaction of it. */
export interface QuerySender {
  executeQuery(query: CompiledQuery, options?: unknown): Promise<unknown>;
}

type LoggerContext = Readonly<Record<string, unknown>>;

/** A compiled query that says which call of the host it comes from. */
class CalledQuery implements CompiledQuery {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly query: unknown;
  readonly queryId: unknown;
  readonly call: LoggerContext;

  /** Field by field, since Kysely freezes its queries, and those take long to spread. */
  constructor({ sql, parameters, query, queryId }: CompiledQuery, call: LoggerContext) {
    this.sql = sql;
    this.parameters = parameters;
    this.query = query;
    this.queryId = queryId;
    this.call = call;
  }
}

/**
 * Tells which call of the host a compiled query comes from. The host compiles and sends without a pause in between, so
 * what it gives right before belongs to the next query that is sent. From then on the query carries it along, which is
 * cheaper than async context and cannot mix up equal texts.
 */
export class Handover {
  readonly #watched = new WeakSet<QuerySender>();
  #given: LoggerContext | undefined;

  /** Runs what compiles and sends the query of a call. */
  give<T>(context: LoggerContext, send: () => T): T {
    this.#given = context;
    try {
      return send();
    } finally {
      this.#given = undefined;
    }
  }

  /** Has a sender's queries carry their call; once is enough. */
  watch(sender: QuerySender): void {
    if (this.#watched.has(sender)) return;
    this.#watched.add(sender);
    const executeQuery = sender.executeQuery.bind(sender);
    sender.executeQuery = (query, options) => {
      const call = this.#given;
      if (!call) return executeQuery(query, options);
      this.#given = undefined;
      return executeQuery(new CalledQuery(query, call), options);
    };
  }
}

/** The call that a query carries. */
export function originOf(query: CompiledQuery): CallOrigin | undefined {
  return query instanceof CalledQuery ? callOrigin(query.call) : undefined;
}
