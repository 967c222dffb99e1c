import type { KeyedCommand } from './keyed-command.ts';
import { sendToOwners, type Answer, type SendOptions } from './send-to-owners.ts';
import type { Servers } from './servers.ts';

/**
 * What is under each of the keys, `null` where nothing is: one `MGET`, or on a Cluster one request for each server. An
 * error for each key whose server failed.
 */
export async function getAll(
  servers: Servers,
  keys: readonly string[],
  options: SendOptions,
): Promise<(Answer | Error)[]> {
  const [first] = keys;
  if (first === undefined) return [];
  if (servers.isCluster) {
    return sendToOwners(
      servers,
      keys.map((key): KeyedCommand => ({ key, words: ['GET', key] })),
      options,
    );
  }
  const [answer] = await sendToOwners(servers, [{ key: first, words: ['MGET', ...keys] }], options);
  if (!answer || answer instanceof Error) return keys.map(() => answer ?? new Error('Redis gave no reply.'));
  const replies: readonly unknown[] = Array.isArray(answer.reply) ? answer.reply : [];
  return keys.map((_, at) => ({ reply: replies[at] ?? null, epoch: answer.epoch }));
}
