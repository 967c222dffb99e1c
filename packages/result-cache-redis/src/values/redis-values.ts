import { getEach } from '../connection/get-all.ts';
import type { ClientOptions } from '../connection/held-client.ts';
import { RedisConnection } from '../connection/redis-connection.ts';
import { sendToOwners, type Answer } from '../connection/send-to-owners.ts';
import { RedisStoreError, type KeyFailure } from '../redis-store-error.ts';
import { refuseImpossible } from '../redis-store-options.ts';
import { exactCodec, type ValueCodec } from './value-codec.ts';
import { valueSteps, type KeepOptions, type Step, type ValueSteps } from './value-steps.ts';

/** Options of {@link redisValues}. */
export interface RedisValuesOptions<T> extends ClientOptions {
  /** What all keys start with. */
  readonly prefix: string;
  /** How long a value is kept when its call does not say, in milliseconds. Default: for ever. */
  readonly expiration?: number;
  /** How long one request to Redis is waited for, in milliseconds. Default 1,000. */
  readonly commandTimeoutMs?: number;
  /** How values become bytes. Default: {@link exactCodec}. */
  readonly codec?: ValueCodec<T>;
}

/**
 * Values of one type under one prefix, many in one round trip: one command on one server, one request for each server of
 * a Cluster. Unlike the cache it rejects when it cannot do what was asked, with a `RedisStoreError`: `PARTLY_FAILED` with
 * the keys that failed, the others are done.
 */
export interface RedisValues<T> {
  /** The values that there are, by key, in the order of `keys`. */
  getMany(keys: readonly string[]): Promise<Map<string, T>>;
  /** Keeps the values; those under the same keys are replaced. Not atomic. */
  setMany(values: Iterable<readonly [key: string, value: T]>, options?: KeepOptions): Promise<void>;
  /** Removes the values. How many there were. */
  deleteMany(keys: readonly string[]): Promise<number>;
  /**
   * Runs steps of several kinds: `pipeline(p => [p.get('a'), p.delete('b')])` resolves with what each gives. In order for
   * each key. Not atomic.
   */
  pipeline<const Steps extends readonly Step<unknown>[]>(
    build: (steps: ValueSteps<T>) => Steps,
  ): Promise<{ -readonly [At in keyof Steps]: Steps[At] extends Step<infer R> ? R : never }>;
  /** Closes a client that was made for it. */
  close(): Promise<void>;
}

/** @throws RedisStoreError `INVALID_OPTION` */
export function redisValues<T>(options: RedisValuesOptions<T>): RedisValues<T> {
  const { prefix, expiration, commandTimeoutMs: deadlineMs = 1_000, codec = exactCodec<T>() } = options;
  refuseImpossible('redisValues', deadlineMs);
  const connection = new RedisConnection(options, deadlineMs);
  const steps = valueSteps(codec, expiration);

  const run = async (wanted: readonly Step<unknown>[]): Promise<unknown[]> => {
    if (wanted.length === 0) return [];
    const servers = await connection.servers();
    const commands = wanted.map(step => {
      const key = servers.wantedPrefix + prefix + step.key;
      return { key, words: step.words(key) };
    });
    return outcomes(wanted, await sendToOwners(servers, commands, { deadlineMs }));
  };

  return {
    async getMany(keys) {
      const servers = await connection.servers();
      const wireKeys = keys.map(key => servers.wantedPrefix + prefix + key);
      const values = outcomes(
        keys.map(key => steps.get(key)),
        await getEach(servers, wireKeys, { deadlineMs }),
      );
      return new Map(keys.flatMap((key, at) => (values[at] === undefined ? [] : [[key, values[at]]])));
    },
    setMany: async (values, keep) =>
      void (await run(Array.from(values, ([key, value]) => steps.set(key, value, keep)))),
    deleteMany: async keys => (await run(keys.map(key => steps.delete(key)))).filter(Boolean).length,
    async pipeline<const Steps extends readonly Step<unknown>[]>(build: (all: ValueSteps<T>) => Steps) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one result for each step, of its type
      return (await run(build(steps))) as {
        -readonly [At in keyof Steps]: Steps[At] extends Step<infer R> ? R : never;
      };
    },
    close: () => connection.close(),
  };
}

/** What each step gives. @throws RedisStoreError `PARTLY_FAILED` */
function outcomes<R>(steps: readonly Step<R>[], answers: readonly (Answer | Error)[]): R[] {
  const failures: KeyFailure[] = [];
  const results: R[] = [];
  for (const [at, step] of steps.entries()) {
    const answer = answers[at];
    try {
      if (!answer || answer instanceof Error) throw answer ?? new RedisStoreError('BAD_REPLY', 'There was no reply.');
      results.push(step.result(answer.reply));
    } catch (cause) {
      failures.push({ key: step.key, cause });
    }
  }
  const [first] = failures;
  if (!first) return results;
  const { message } = first.cause instanceof Error ? first.cause : { message: String(first.cause) };
  const summary = `redisValues failed for ${failures.length} of ${steps.length} keys: ${message}`;
  throw new RedisStoreError('PARTLY_FAILED', summary, { cause: first.cause, failures });
}
