import type { Stamp } from '@mikro-kit/result-cache';

import type { Answer } from './connection/send-to-owners.ts';

/**
 * The stamp that a server told. The life of the server is part of the nonce: what a server that restarts or takes over
 * has not heard of counts for nothing then, in whichever server the entry is.
 */
export function stampOf({ reply, epoch }: Answer): Stamp {
  const text = Buffer.isBuffer(reply) ? reply.toString() : reply;
  if (typeof text !== 'string') return { state: 'missing' };
  return text.startsWith('s:') ? { state: 'set', nonce: `${epoch}:${text.slice(2)}` } : { state: 'held' };
}
