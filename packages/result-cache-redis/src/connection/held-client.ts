import { withinDeadline } from '@mikro-kit/result-cache';

import type { RedisClient } from './redis-client.ts';

/** How a client is come by. */
export interface ClientOptions {
  /**
   * Gives the client, on first use. One that the function makes is ours, and closed at the end. One that existed before
   * is the application's: it is not closed, and none of its options is changed.
   */
  readonly client: () => RedisClient;
  /** Says whose the client is where that cannot be seen: `true` when the function makes one that others use later. */
  readonly shared?: boolean;
}

/** A client, and whether it is ours to reconnect and close. */
export interface HeldClient {
  readonly client: RedisClient;
  readonly isOurs: boolean;
}

/** Asks for the client and finds out whose it is. */
export async function holdClient({ client: make, shared }: ClientOptions): Promise<HeldClient> {
  const client = make();
  const isOurs = shared === undefined ? await isNew(client) : !shared;
  // Without a listener ioredis prints what the commands reject with anyway.
  if (isOurs) client.on('error', () => undefined);
  return { client, isOurs };
}

/** Closes what is ours: says goodbye to a server that answers within `deadlineMs` milliseconds, and leaves one that does not. */
export async function releaseClient({ client, isOurs }: HeldClient, deadlineMs: number): Promise<void> {
  if (!isOurs) return;
  // ioredis forgets a try that it has planned when we connect sooner, and would make it after the end.
  client.on('connecting', () => client.disconnect());
  const goodbye = client.status === 'ready' ? client.quit() : Promise.reject(new Error('Not connected.'));
  await withinDeadline(goodbye, deadlineMs, 'QUIT').catch(() => client.disconnect());
}

/**
 * ioredis emits each status, its first one included, on the tick after it took it. So a client that was made in this
 * very turn is about to emit, and one that existed before has done so.
 */
async function isNew(client: RedisClient): Promise<boolean> {
  const { status } = client;
  if (status !== 'connecting' && status !== 'wait') return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const wasMade = (): void => resolve(true);
  client.once(status, wasMade);
  setImmediate(() => resolve(false));
  return promise.finally(() => client.off(status, wasMade));
}
