/**
 * A process of an application, for `one-load.test.ts`: on the message `go` it asks for the same thing many times at once,
 * and tells how it went. Arguments: the addresses of Redis and PostgreSQL, the prefix, and how its loads end.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
import { redisStore } from '@mikro-kit/result-cache-redis';
import { ensureTap } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql';
import { Redis } from 'ioredis';

const [redisUrl = '', clientUrl = '', prefix = '', ending = 'well'] = process.argv.slice(2);
const MISSES = 1_000;
const LOAD_MS = 500;

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });
cacheable(City);

const store = redisStore({ client: () => new Redis(redisUrl), prefix, commandTimeoutMs: 5_000 });
const orm = await MikroORM.init({
  clientUrl,
  entities: [City],
  pool: { max: 5 },
  extensions: [resultCache({ store, storeDeadlineMs: 10_000, leaseMs: ending === 'slow' ? LOAD_MS / 5 : 5_000 })],
});
const cache = getResultCache(orm);
let loads = 0;
let selects = 0;
ensureTap(orm).observe(({ kind }) => void (kind === 'read' && selects++));

async function load(): Promise<string> {
  loads++;
  process.send?.({ loading: true });
  await delay(LOAD_MS);
  if (ending === 'killed') process.kill(process.pid, 'SIGKILL');
  if (ending === 'thrown') throw new Error('The loader failed.');
  return 'loaded';
}

async function run(): Promise<void> {
  const asked = Array.from({ length: MISSES }, () =>
    ending === 'found' ? orm.em.fork().find(City, { name: 'Oslo' }) : cache.wrap('one', load),
  );
  const outcomes = await Promise.allSettled(asked);
  const failed = outcomes.filter(({ status }) => status === 'rejected').length;
  process.send?.({ loads, selects, failed, answered: MISSES - failed });
  await orm.close();
  process.disconnect();
}

process.once('message', () => void run());
await orm.em.fork().count(City, {}, { cache: false });
selects = 0;
process.send?.({ ready: true });
