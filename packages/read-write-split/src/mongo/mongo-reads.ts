import { AsyncLocalStorage } from 'node:async_hooks';

import { iterateIn } from './iterate-in.ts';
import type { MongoReadPreference } from './mongo-options.ts';
import type { MongoHost, MongoReadOptions } from './mongo-seam.ts';
import type { MongoTarget } from './mongo-target.ts';
import { sessionAfter } from './session-after.ts';

const PRIMARY: MongoReadPreference = { mode: 'primary' };

/**
 * The host's reads with a read preference, decided for each: the host takes none, but asks for a collection in each read,
 * and a collection has one.
 */
export class MongoReads {
  readonly #host: MongoHost;
  readonly #preference: MongoReadPreference;
  readonly #target: (session: unknown, pipeline?: unknown) => MongoTarget;
  readonly #reading = new AsyncLocalStorage<MongoReadPreference>();

  /** @param target decides for a read that is about to be sent */
  constructor(
    host: MongoHost,
    preference: MongoReadPreference,
    target: (session: unknown, pipeline?: unknown) => MongoTarget,
  ) {
    this.#host = host;
    this.#preference = preference;
    this.#target = target;
    const getCollection = host.getCollection.bind(host);
    host.getCollection = name => {
      const readPreference = this.#reading.getStore();
      if (!readPreference) return getCollection(name);
      return host.getDb().collection(host.getCollectionName(name), { readPreference });
    };
  }

  /** The connection for reads: the host's own, but for the calls that read. */
  connection<Host extends object>(host: Host): Host {
    const reads = this.#calls();
    return new Proxy(host, {
      get(target, key) {
        const own = reads.get(key);
        if (own) return own;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  }

  #calls(): ReadonlyMap<string | symbol, unknown> {
    const host = this.#host;
    return new Map<string, unknown>([
      ['find', this.#withOptions((...args) => host.find(...args))],
      ['countDocuments', this.#withOptions((...args) => host.countDocuments(...args))],
      [
        'stream',
        (entity: unknown, where: unknown, options: MongoReadOptions = {}) =>
          this.#rows(options.ctx, undefined, ctx => host.stream(entity, where, withSession(options, ctx))),
      ],
      [
        'aggregate',
        (entity: unknown, pipeline: unknown, given?: unknown, ...rest: unknown[]) =>
          this.#run(given, pipeline, ctx => host.aggregate(entity, pipeline, ctx, ...rest)),
      ],
      [
        'streamAggregate',
        (entity: unknown, pipeline: unknown, given?: unknown, ...rest: unknown[]) =>
          this.#rows(given, pipeline, ctx => host.streamAggregate(entity, pipeline, ctx, ...rest)),
      ],
    ]);
  }

  #withOptions(read: MongoHost['find']): MongoHost['find'] {
    return (entity, where, options = {}) =>
      this.#run(options.ctx, undefined, ctx => read(entity, where, withSession(options, ctx)));
  }

  /** @param given the session that the application reads in, if it does */
  async #run<T>(given: unknown, pipeline: unknown, read: (session: unknown) => Promise<T>): Promise<T> {
    const { preference, session = given, end } = await this.#prepare(given, pipeline);
    try {
      return await (preference ? this.#reading.run(preference, () => read(session)) : read(session));
    } finally {
      await end?.();
    }
  }

  async *#rows<T>(
    given: unknown,
    pipeline: unknown,
    read: (session: unknown) => AsyncIterableIterator<T>,
  ): AsyncIterableIterator<T> {
    const { preference, session = given, end } = await this.#prepare(given, pipeline);
    const within = <R>(ask: () => R): R => (preference ? this.#reading.run(preference, ask) : ask());
    try {
      yield* iterateIn(within, () => read(session));
    } finally {
      await end?.();
    }
  }

  async #prepare(given: unknown, pipeline: unknown): Promise<Prepared> {
    const target = this.#target(given, pipeline);
    if (target.kind === 'host') return {};
    if (target.kind === 'primary') return { preference: PRIMARY };
    if (target.after === undefined) return { preference: this.#preference };
    const session = await sessionAfter(this.#host.getClient(), target.after).catch(() => undefined);
    if (!session) return { preference: PRIMARY };
    return { preference: this.#preference, session, end: () => session.endSession() };
  }
}

interface Prepared {
  readonly preference?: MongoReadPreference;
  readonly session?: unknown;
  readonly end?: () => Promise<void>;
}

function withSession(options: MongoReadOptions, ctx: unknown): MongoReadOptions {
  return ctx === options.ctx ? options : { ...options, ctx };
}
