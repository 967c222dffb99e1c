import type { KeyedCommand } from './keyed-command.ts';
import { sendToOwners, succeeded, type Answer, type SendOptions } from './send-to-owners.ts';
import type { ServerLink } from './server-link.ts';
import type { Servers } from './servers.ts';

/**
 * What is under each of the keys, `null` where nothing is: one `MGET`, or on a Cluster one request for each server.
 *
 * @throws the first error
 */
export async function getAll(servers: Servers, keys: readonly string[], options: SendOptions): Promise<Answer[]> {
  return servers.only ? mget(servers.only, keys, options) : succeeded(await getApart(servers, keys, options));
}

/** The same, with an error for each key whose server failed. */
export async function getEach(
  servers: Servers,
  keys: readonly string[],
  options: SendOptions,
): Promise<(Answer | Error)[]> {
  if (!servers.only) return getApart(servers, keys, options);
  return mget(servers.only, keys, options).catch((error: Error) => keys.map(() => error));
}

/** Spelled as ioredis does, which looks a name up several times. */
async function mget(link: ServerLink, keys: readonly string[], { deadlineMs }: SendOptions): Promise<Answer[]> {
  if (keys.length === 0) return [];
  const { replies, epoch } = await link.exchange([['mget', ...keys]], deadlineMs);
  const [found] = replies;
  if (found instanceof Error) throw found;
  const values: readonly unknown[] = Array.isArray(found) ? found : [];
  return keys.map((_, at) => ({ reply: values[at] ?? null, epoch }));
}

function getApart(servers: Servers, keys: readonly string[], options: SendOptions): Promise<(Answer | Error)[]> {
  const commands = keys.map((key): KeyedCommand => ({ key, words: ['GET', key] }));
  return sendToOwners(servers, commands, options);
}
