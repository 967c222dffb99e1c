import { setTimeout as delay } from 'node:timers/promises';

import type { Words } from './connection/keyed-command.ts';
import type { ServerLink } from './connection/server-link.ts';
import type { Servers } from './connection/servers.ts';
import { escapeGlob } from './escape-glob.ts';
import { RedisStoreError } from './redis-store-error.ts';

/** How many keys a server looks at in one step: about a tenth of a millisecond, in which it serves nobody else. */
const KEYS_PER_STEP = 100;

/** After so many milliseconds of steps a server, and the processor that it shares, have a rest of the same length. */
const WORK_MS = 1;

/** No rest is longer, in milliseconds. */
const MAX_REST_MS = 50;

/** How long one step is waited for, in milliseconds. */
const STEP_MS = 5_000;

/**
 * Removes every key that starts with `prefix`, on every server, in steps of which none keeps a server from its other
 * clients, and with rests in between. Keys that are written meanwhile may stay.
 *
 * @throws RedisStoreError when a server does not answer
 */
export async function clearPrefix(servers: Servers, prefix: string): Promise<void> {
  await Promise.all(servers.all().map(link => clearOn(link, servers, prefix)));
}

async function clearOn(link: ServerLink, { addedPrefix, only }: Servers, prefix: string): Promise<void> {
  const pattern = `${escapeGlob(addedPrefix + prefix)}*`;
  let cursor = '0';
  let since = performance.now();
  do {
    const [next, found] = await scan(link, cursor, pattern);
    // The client puts its prefix before them again.
    const keys = found.map(key => key.subarray(Buffer.byteLength(addedPrefix)));
    const removals: Words[] = only ? [['UNLINK', ...keys]] : keys.map(key => ['UNLINK', key]);
    if (keys.length > 0) await replied(link, removals);
    cursor = next;
    const workedMs = performance.now() - since;
    if (workedMs < WORK_MS) continue;
    await delay(Math.min(workedMs, MAX_REST_MS));
    since = performance.now();
  } while (cursor !== '0');
}

async function scan(link: ServerLink, cursor: string, pattern: string): Promise<[next: string, keys: Buffer[]]> {
  const [reply] = await replied(link, [['SCAN', cursor, 'MATCH', pattern, 'COUNT', KEYS_PER_STEP]]);
  const [next, keys]: unknown[] = Array.isArray(reply) ? reply : [];
  if (!Buffer.isBuffer(next) || !Array.isArray(keys)) throw new RedisStoreError('BAD_REPLY', 'SCAN gave no cursor.');
  return [next.toString(), keys.filter(key => Buffer.isBuffer(key))];
}

async function replied(link: ServerLink, commands: readonly Words[]): Promise<readonly unknown[]> {
  const { replies } = await link.exchange(commands, STEP_MS);
  for (const reply of replies) if (reply instanceof Error) throw reply;
  return replies;
}
