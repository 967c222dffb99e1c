import type { Words } from '../connection/keyed-command.ts';
import type { ValueCodec } from './value-codec.ts';

/** One step of a pipeline. What it gives is known when the pipeline has run. */
export interface Step<R> {
  /** As the caller names it. */
  readonly key: string;
  /** The command, for the key as the server names it. */
  words(key: string): Words;
  /** What a reply means. */
  result(reply: unknown): R;
}

/** How long a value is kept. */
export interface KeepOptions {
  /** In milliseconds. Default: that of `redisValues`, or else for ever. */
  readonly expiration?: number;
}

/** What a pipeline is made of. */
export interface ValueSteps<T> {
  /** The value, or `undefined`. */
  get(key: string): Step<T | undefined>;
  set(key: string, value: T, options?: KeepOptions): Step<void>;
  /** Whether there was one. */
  delete(key: string): Step<boolean>;
}

/** The steps for values of one codec. */
export function valueSteps<T>(codec: ValueCodec<T>, defaultExpiration: number | undefined): ValueSteps<T> {
  return {
    get: key => ({
      key,
      words: wireKey => ['GET', wireKey],
      result: reply => (Buffer.isBuffer(reply) ? codec.decode(reply) : undefined),
    }),
    set(key, value, { expiration = defaultExpiration } = {}) {
      const bytes = Buffer.from(codec.encode(value));
      return { key, words: wireKey => setWords(wireKey, bytes, expiration), result: () => undefined };
    },
    delete: key => ({ key, words: wireKey => ['UNLINK', wireKey], result: reply => reply === 1 }),
  };
}

/** What has expired already is removed: Redis refuses to keep something for 0 milliseconds. */
function setWords(key: string, bytes: Buffer, expiration: number | undefined): Words {
  if (expiration === undefined) return ['SET', key, bytes];
  return expiration > 0 ? ['SET', key, bytes, 'PX', Math.ceil(expiration)] : ['UNLINK', key];
}
