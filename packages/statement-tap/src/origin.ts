import { AsyncLocalStorage } from 'node:async_hooks';

type LoggerContext = Readonly<Record<string, unknown>>;

/** What the host knows of a statement before it hands it to the driver. */
export interface CallOrigin {
  readonly kind: 'call';
  readonly fork: number | undefined;
  readonly context: LoggerContext | undefined;
  readonly prepared: PreparedQuery | undefined;
  /** Guards wait around it. Told on MongoDB only, where not everything can be guarded. */
  readonly guarded?: true;
}

/** The host's template and values, and the text with the values inlined that it sends. */
export interface PreparedQuery {
  readonly query: string;
  readonly params: readonly unknown[];
  readonly formatted: string;
}

/** A call whose query is prepared while it runs. */
export interface OpenOrigin extends CallOrigin {
  prepared: PreparedQuery | undefined;
}

/** `dump`: the statement is reported above, the connection below keeps silent. */
export type Origin = OpenOrigin | { readonly kind: 'dump' };

/** Carries origins down to the connection that sends, across concurrent calls. */
export class Origins {
  readonly #storage = new AsyncLocalStorage<Origin>();

  run<T>(origin: Origin, send: () => T): T {
    return this.#storage.run(origin, send);
  }

  /** Runs `send` in the origin that there is, as something that guards wait around. */
  runGuarded<T>(send: () => T): T {
    const { kind, fork, context, prepared } = this.currentCall() ?? callOrigin();
    return this.run({ kind, fork, context, prepared, guarded: true }, send);
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
  currentCall(): OpenOrigin | undefined {
    const origin = this.current();
    return origin?.kind === 'call' ? origin : undefined;
  }
}

/** An origin from the host's logger context, which is looked through when it is asked. */
export function callOrigin(loggerContext: LoggerContext = {}): OpenOrigin {
  return new HostCall(loggerContext);
}

class HostCall implements OpenOrigin {
  readonly kind = 'call';
  prepared: PreparedQuery | undefined;
  readonly #loggerContext: LoggerContext;

  constructor(loggerContext: LoggerContext) {
    this.#loggerContext = loggerContext;
    this.prepared = isPrepared(loggerContext) ? loggerContext : undefined;
  }

  get fork(): number | undefined {
    const { id } = this.#loggerContext;
    return typeof id === 'number' ? id : undefined;
  }

  get context(): LoggerContext | undefined {
    return applicationFields(this.#loggerContext);
  }
}

/** Whether the host prepared a query there; its own calls always give all three. */
export function isPrepared(value: { query?: unknown; params?: unknown; formatted?: unknown }): value is PreparedQuery {
  return typeof value.query === 'string' && Array.isArray(value.params) && typeof value.formatted === 'string';
}

/** What the application put there; the rest is the host's, and `formatted` holds values. */
function applicationFields(loggerContext: LoggerContext): LoggerContext | undefined {
  let fields: Record<string, unknown> | undefined;
  for (const field in loggerContext) {
    if (!isHostField(field)) (fields ??= {})[field] = loggerContext[field];
  }
  return fields;
}

function isHostField(field: string): boolean {
  switch (field) {
    case 'id':
    case 'query':
    case 'params':
    case 'formatted':
    case 'signal':
    case 'inflightQueryAbortStrategy':
      return true;
    default:
      return false;
  }
}
