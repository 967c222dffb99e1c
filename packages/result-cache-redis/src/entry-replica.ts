import { holdClient, releaseClient, type ClientOptions, type HeldClient } from './connection/held-client.ts';
import { isCluster } from './connection/redis-client.ts';
import { ServerLink } from './connection/server-link.ts';
import { RedisStoreError } from './redis-store-error.ts';

interface Opened {
  readonly held: HeldClient;
  readonly link: ServerLink;
}

/** How long a replica that failed is left alone, in milliseconds. */
const REST_MS = 1_000;

/**
 * A replica that entries are read from. It may lag: what an entry is worth is told by the stamps, and these come from
 * the primary.
 */
export class EntryReplica {
  readonly #options: ClientOptions;
  readonly #deadlineMs: number;
  #opened: Promise<Opened> | undefined;
  #restsUntil = 0;

  constructor(options: ClientOptions, deadlineMs: number) {
    this.#options = options;
    this.#deadlineMs = deadlineMs;
  }

  /** Whether it is worth a try. */
  get isUsable(): boolean {
    return performance.now() >= this.#restsUntil;
  }

  /** What is under a key, `null` where nothing is, `undefined` where that cannot be told. Never rejects. */
  async get(key: string): Promise<unknown> {
    try {
      const { link } = await (this.#opened ??= open(this.#options));
      const { replies } = await link.exchange([['GET', key]], this.#deadlineMs);
      if (!(replies[0] instanceof Error)) return replies[0];
    } catch {
      // The primary is asked instead.
    }
    this.#restsUntil = performance.now() + REST_MS;
    return undefined;
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    if (!opened) return;
    await releaseClient(opened.held, this.#deadlineMs);
    opened.link.leave();
  }
}

async function open(options: ClientOptions): Promise<Opened> {
  const held = await holdClient(options);
  const { client, isOurs } = held;
  if (isCluster(client)) throw new RedisStoreError('INVALID_OPTION', 'redisStore: `replica` must give a `Redis`.');
  return { held, link: new ServerLink(client, { isOurs, isPooled: false, mayLag: true }) };
}
