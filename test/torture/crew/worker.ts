/** A worker process of the torture: reads and writes in every way, and tells its parent what it saw and did, and when. */
import { cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
import { redisStore } from '@mikro-kit/result-cache-redis';
import { MikroORM } from '@mikro-orm/postgresql';

import { Box, entities, Item, Part } from '../../result-cache/torture/entities.ts';
import { Random } from '../../result-cache/torture/random.ts';
import type { FromWorker, ToWorker, WorkerHealth, WorkerSetup } from '../messages.ts';
import { redisClient } from '../redis-world.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

const READERS = 4;
const WRITERS = 1;
/** Longer than the default: the machine is busy with all this. */
const COMMAND_TIMEOUT_MS = 300;

const setup: WorkerSetup = JSON.parse(process.argv[2] ?? '');
const { name, seed, database, redis, prefix, cache, plant } = setup;

const tell = (message: FromWorker): void => void process.send?.(message);

for (const entity of [Box, Item, Part]) cacheable(entity, { expiration: cache.expiration ?? 0 });

const store = redisStore({ client: () => redisClient(redis), prefix, commandTimeoutMs: COMMAND_TIMEOUT_MS });
const orm = await MikroORM.init({
  entities,
  ...database,
  driverOptions: { application_name: name },
  pool: { min: 0, max: 12 },
  extensions: [resultCache({ ...cache, store, l1: {} })],
});
const reader = new Reader(orm, tell);
const writer = new Writer(orm, tell, plant);

async function health(dependency: string): Promise<WorkerHealth> {
  const { undelivered, tiers, lastFailure } = getResultCache(orm).stats();
  const read = await store.read(undefined, [dependency]).catch(() => undefined);
  const stamp = read?.stamps[0];
  return {
    undelivered,
    l1Hits: tiers?.l1.hits ?? 0,
    l2Hits: tiers?.l2.hits ?? 0,
    nonce: stamp?.state === 'set' ? stamp.nonce : undefined,
    lastFailure,
  };
}

async function stop(): Promise<void> {
  await Promise.all([reader.stop(), writer.stop()]);
  tell({ kind: 'stopped' });
  await orm.close();
  process.disconnect();
}

async function hear(message: ToWorker): Promise<void> {
  if (message.kind === 'locked') writer.locked(message.request, message.states);
  else if (message.kind === 'calm') await writer.stop();
  else if (message.kind === 'stop') await stop();
  else tell({ kind: 'health', request: message.request, health: await health(message.dependency) });
}

process.on('message', (message: ToWorker) => void hear(message));
// The parent is gone.
process.on('disconnect', () => process.exit());

for (let at = 0; at < READERS; at++) reader.start(new Random(seed + at));
for (let at = 0; at < WRITERS; at++) writer.start(new Random(seed + 1_000 + at));
tell({ kind: 'ready' });
