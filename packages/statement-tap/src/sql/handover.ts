import { callOrigin, type CallOrigin } from '../origin.ts';
import type { CompiledQuery } from './kysely-seam.ts';

/** Whatever sends the queries that the host compiles: its Kysely, or a transaction of it. */
export interface QuerySender {
  executeQuery(query: CompiledQuery, options?: unknown): Promise<unknown>;
}

type LoggerContext = Readonly<Record<string, unknown>>;

const CALL = Symbol('mikro-kit: the call that compiled this query');

/** A compiled query that says which call of the host it comes from. */
interface CalledQuery extends CompiledQuery {
  readonly [CALL]: LoggerContext;
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
      const called: CalledQuery = { ...query, [CALL]: call };
      return executeQuery(called, options);
    };
  }
}

/** The call that a query carries. */
export function originOf(query: CompiledQuery): CallOrigin | undefined {
  return isCalled(query) ? callOrigin(query[CALL]) : undefined;
}

function isCalled(query: CompiledQuery): query is CalledQuery {
  return CALL in query;
}
