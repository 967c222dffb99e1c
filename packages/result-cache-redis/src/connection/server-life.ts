import { hash } from 'node:crypto';

import type { Redis } from 'ioredis';

import { RedisStoreError } from '../redis-store-error.ts';
import { SCRIPTS } from '../stamp-scripts.ts';

/**
 * One server for as long as it was a primary without interruption. What a server acknowledged in one life it may not
 * know in the next: a restart gives it another run id, becoming a primary another replication id.
 */
export interface ServerLife {
  /** Different for different lives. */
  readonly epoch: string;
  readonly replicationId: string;
}

/** Which life the server is in; loads the scripts on the way. One round trip. Throws for a replica. */
export async function lifeOf(redis: Redis): Promise<ServerLife> {
  const pipeline = redis.pipeline().info('server').info('replication');
  for (const script of SCRIPTS.values()) pipeline.script('LOAD', script);
  const replies = (await pipeline.exec()) ?? [];
  const [server, replication] = replies.map(([error, reply]) => (error ? '' : String(reply)));
  for (const [error] of replies.slice(0, 2)) if (error) throw error;
  const runId = field(server, 'run_id');
  const replicationId = replicationIdOf(replication);
  if (runId === undefined) throw new RedisStoreError('BAD_REPLY', 'INFO server told no run_id.');
  return { epoch: hash('sha256', `${runId} ${replicationId}`, 'base64url').slice(0, 12), replicationId };
}

/** From what `INFO replication` says. */
export function replicationIdOf(info: unknown): string {
  const text = String(info);
  if (field(text, 'role') !== 'master') {
    throw new RedisStoreError('NOT_PRIMARY', 'The Redis server is a replica; stamps are true on the primary only.');
  }
  return field(text, 'master_replid') ?? '';
}

function field(info: string | undefined, name: string): string | undefined {
  return new RegExp(`^${name}:(\\w+)`, 'm').exec(info ?? '')?.[1];
}
