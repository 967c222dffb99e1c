import { AsyncLocalStorage } from 'node:async_hooks';

/** What the host knows of a statement before it inlines the values and hands it to the driver. */
export interface CallOrigin {
  readonly kind: 'call';
  readonly fork?: number;
  readonly context?: Readonly<Record<string, unknown>>;
  prepared?: PreparedQuery;
  /** Set once the connection below has recognised its statement. */
  claimed: boolean;
}

/** The host's template and values, and the text that it sends. */
export interface PreparedQuery {
  readonly query: string;
  readonly params: readonly unknown[];
  readonly formatted: string;
}

/** `dump`: the statement is reported above, the connection below keeps silent. */
export type Origin = CallOrigin | { readonly kind: 'dump' };

/** Carries origins from the host's call down to the connection that sends it, across concurrent calls. */
export class Origins {
  readonly #storage = new AsyncLocalStorage<Origin>();

  run<T>(origin: Origin, send: () => T): T {
    return this.#storage.run(origin, send);
  }

  /** The same rows, each asked for in the origin. */
  iterate<T>(origin: Origin, rows: AsyncIterableIterator<T>): AsyncIterableIterator<T> {
    const run = <R>(of: Origin, ask: () => R): R => this.run(of, ask);
    return {
      next: () => run(origin, () => rows.next()),
      return: value => run(origin, () => rows.return?.(value) ?? Promise.resolve({ done: true, value })),
      throw: error => run(origin, () => rows.throw?.(error) ?? Promise.reject(error)),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  current(): Origin | undefined {
    return this.#storage.getStore();
  }

  /** The host's call that is under way here. */
  currentCall(): CallOrigin | undefined {
    const origin = this.current();
    return origin?.kind === 'call' ? origin : undefined;
  }

  /** The origin of the statement that is sent as `text`, once. */
  claim(text: string): (CallOrigin & { prepared: PreparedQuery }) | undefined {
    const origin = this.currentCall();
    if (!origin || origin.claimed || origin.prepared?.formatted !== text) return undefined;
    origin.claimed = true;
    return { ...origin, prepared: origin.prepared };
  }
}

/** An origin from the host's logger context: the fork's id, and what is left without the call's own fields. */
export function callOrigin(loggerContext: Record<string, unknown> = {}): CallOrigin {
  const { id, query, params, formatted, signal, inflightQueryAbortStrategy, ...context } = loggerContext;
  const prepared = { query, params, formatted };
  return {
    kind: 'call',
    claimed: false,
    context,
    ...(typeof id === 'number' && { fork: id }),
    ...(isPrepared(prepared) && { prepared }),
  };
}

/** Whether the host prepared a query there; its own calls always give all three. */
export function isPrepared(value: { query?: unknown; params?: unknown; formatted?: unknown }): value is PreparedQuery {
  return typeof value.query === 'string' && Array.isArray(value.params) && typeof value.formatted === 'string';
}
