import type { Redis } from 'ioredis';

import { RedisStoreError } from '../redis-store-error.ts';
import { withScriptItself, type Words } from './keyed-command.ts';
import { PendingReplies } from './pending-replies.ts';
import { lifeOf, replicationIdOf, type ServerLife } from './server-life.ts';

/** What a server replied to several commands, an error in place of a reply; all of it in one life of it. */
export interface Replies {
  readonly epoch: string;
  readonly replies: readonly unknown[];
}

/** How {@link ServerLink} may treat the connection. */
export interface LinkTraits {
  /** Whether it may be closed and opened again by us. */
  readonly isOurs: boolean;
  /** Whether somebody else (a Cluster) opens it again once it has ended. */
  readonly isPooled: boolean;
  /** Whether the server may be a replica; it is not asked about its life then. Default `false`. */
  readonly mayLag?: boolean;
}

/** The life that a server was asked about. */
interface AskedLife {
  readonly answer: Promise<ServerLife>;
  /** What it answered, as soon as it has. */
  life?: ServerLife;
}

/** A connection that does not answer for so long is opened anew, if it is ours. In milliseconds. */
const HOPELESS_AFTER_MS = 1_000;

/** A connection that ended, or waits to be tried again, is not tried by us more often. In milliseconds. */
const RECONNECT_EVERY_MS = 250;

/**
 * How often the server is asked, along with other commands, whether it is still what it was, in milliseconds. One that
 * Sentinels demote hangs up; one of a Cluster does not, and may be promoted again before anybody has looked.
 */
const CHECK_EVERY_MS = { alone: 5_000, inCluster: 1_000 } as const;

const LAGGING: ServerLife = { epoch: 'any', replicationId: 'any' };

/** `wait` is that of a client with `lazyConnect`. */
const CONNECTING = new Set(['wait', 'connecting', 'connect']);

/** For the time of the next try, or for ever. */
const WAITING = new Set(['reconnecting', 'end']);

/**
 * One connection to one server. Sends nothing while the server cannot answer, so nothing waits for a Redis that is down
 * and nothing piles up for the time when it is back.
 */
export class ServerLink {
  readonly #redis: Redis;
  readonly #traits: LinkTraits;
  readonly #pending = new PendingReplies();
  /** Undefined while it is not known. */
  #asked: AskedLife | undefined;
  #connecting: Promise<void> | undefined;
  #checkedAt = 0;
  /** A server that hangs may take its time to hang up. */
  #isClosing = false;
  #reconnectedAt = -Infinity;

  constructor(redis: Redis, traits: LinkTraits) {
    this.#redis = redis;
    this.#traits = traits;
    redis.on('close', this.#closed);
  }

  /** Ends what was hung on the client. */
  leave(): void {
    this.#redis.off('close', this.#closed);
    this.#closed();
  }

  /**
   * Sends commands in one go. Rejects, at once while it is known to be in vain and else within `deadlineMs`
   * milliseconds, when the server does not reply to all of them in one life. While all is well they are sent before it
   * returns.
   */
  exchange(commands: readonly Words[], deadlineMs: number): Promise<Replies> {
    const { stalledMs } = this.#pending;
    if (stalledMs > 0) {
      if (stalledMs > HOPELESS_AFTER_MS) this.#openAnew();
      return Promise.reject(new RedisStoreError('NOT_ANSWERING', 'Redis has not answered an earlier command yet.'));
    }
    return this.#pending.within(this.#exchange(commands), deadlineMs);
  }

  async #exchange(commands: readonly Words[]): Promise<Replies> {
    if (this.#redis.status !== 'ready') await this.#connected();
    const asked = (this.#asked ??= this.#askLife());
    const { epoch } = asked.life ?? (await asked.answer);
    if (this.#asked !== asked) throw changed();
    const replies = await this.#send(commands);
    // ioredis sends a command again after a reconnect, perhaps to a server that has lost what was bumped meanwhile.
    if (this.#asked !== asked) throw changed();
    if (!replies.some(reply => reply instanceof Error)) return { epoch, replies };
    const retried = await this.#withScripts(commands, replies);
    for (const reply of retried) this.#heed(reply);
    return { epoch, replies: retried };
  }

  #askLife(): AskedLife {
    this.#checkedAt = performance.now();
    const asked: AskedLife = { answer: this.#traits.mayLag ? Promise.resolve(LAGGING) : lifeOf(this.#redis) };
    asked.answer.then(
      life => (asked.life = life),
      () => {
        if (this.#asked === asked) this.#forget();
      },
    );
    return asked;
  }

  #send(commands: readonly Words[]): Promise<readonly unknown[]> {
    const [only] = commands;
    const isDue = this.#isCheckDue();
    // Where ioredis pipelines by itself, it loses the name of a `callBuffer`.
    if (!only || commands.length > 1 || isDue || this.#redis.options.enableAutoPipelining) {
      return this.#sendAll(commands, isDue);
    }
    const [name, ...rest] = only;
    return this.#redis.callBuffer(name, ...rest).then(
      reply => [reply],
      error => [asError(error)],
    );
  }

  async #sendAll(commands: readonly Words[], isDue: boolean): Promise<readonly unknown[]> {
    const pipeline = this.#redis.pipeline();
    for (const [name, ...rest] of commands) pipeline.callBuffer(name, ...rest);
    if (isDue) pipeline.info('replication');
    const replies = ((await pipeline.exec()) ?? []).map(([error, reply]) => error ?? reply);
    // Asked last: what was replied before it was replied by the same.
    return isDue ? this.#checked(replies) : replies;
  }

  #isCheckDue(): boolean {
    const { mayLag, isPooled } = this.#traits;
    const everyMs = isPooled ? CHECK_EVERY_MS.inCluster : CHECK_EVERY_MS.alone;
    return !mayLag && performance.now() - this.#checkedAt > everyMs;
  }

  async #checked(replies: readonly unknown[]): Promise<readonly unknown[]> {
    const asked = this.#asked;
    if (!asked) throw changed();
    const { replicationId } = await asked.answer;
    if (replicationIdOf(replies.at(-1)) !== replicationId) {
      this.#forget();
      throw changed();
    }
    this.#checkedAt = performance.now();
    return replies.slice(0, -1);
  }

  /** The replies, those of scripts that the server has forgotten replaced. */
  async #withScripts(commands: readonly Words[], replies: readonly unknown[]): Promise<readonly unknown[]> {
    const again = commands.flatMap((words, at) => {
      const whole = isErrorReply(replies[at], 'NOSCRIPT') ? withScriptItself(words) : undefined;
      return whole ? [{ at, whole }] : [];
    });
    if (again.length === 0) return replies;
    const found = await this.#send(again.map(({ whole }) => whole));
    return replies.map((reply, at) => {
      const which = again.findIndex(item => item.at === at);
      return which === -1 ? reply : found[which];
    });
  }

  /** A server that became a replica is no longer the one to ask; the Sentinels know which is. */
  #heed(reply: unknown): void {
    if (!isErrorReply(reply, 'READONLY')) return;
    this.#forget();
    if (!this.#traits.isPooled) this.#openAnew();
  }

  #openAnew(): void {
    if (!this.#traits.isOurs || this.#isClosing) return;
    this.#isClosing = true;
    this.#redis.disconnect(true);
  }

  #connected(): Promise<void> {
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = undefined));
    return this.#connecting;
  }

  async #connect(): Promise<void> {
    const redis = this.#redis;
    if (!CONNECTING.has(redis.status)) this.#reconnect();
    if (redis.status === 'wait') return redis.connect();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const settle = (): void => {
      if (redis.status === 'ready') resolve();
      else reject(new RedisStoreError('NOT_CONNECTED', `Redis is not connected (${redis.status}).`));
    };
    redis.once('ready', settle).once('close', settle).once('end', settle);
    return promise.finally(() => redis.off('ready', settle).off('close', settle).off('end', settle));
  }

  /** Sooner than the client would by itself, or after it gave up. */
  #reconnect(): void {
    const { isOurs, isPooled } = this.#traits;
    const isDue = performance.now() - this.#reconnectedAt > RECONNECT_EVERY_MS;
    const mayTry = isOurs && !isPooled && isDue && WAITING.has(this.#redis.status);
    if (!mayTry) throw new RedisStoreError('NOT_CONNECTED', `Redis is not connected (${this.#redis.status}).`);
    this.#reconnectedAt = performance.now();
    this.#redis.connect().catch(() => undefined);
  }

  readonly #closed = (): void => {
    this.#isClosing = false;
    this.#forget();
    this.#pending.cutOff(new RedisStoreError('NOT_CONNECTED', 'The connection to Redis was lost.'));
  };

  #forget(): void {
    this.#asked = undefined;
  }
}

/** Whether a reply is an error of this kind, which is the first word of its message. */
export function isErrorReply(reply: unknown, kind: string): reply is Error {
  return reply instanceof Error && reply.message.startsWith(`${kind} `);
}

function changed(): RedisStoreError {
  return new RedisStoreError('SERVER_CHANGED', 'The connection to Redis was made anew while it was waited for.');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
