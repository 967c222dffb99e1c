import { redisValues } from '@mikro-kit/result-cache-redis';
import { BentoCache, bentostore } from 'bentocache';
import { redisDriver } from 'bentocache/drivers/redis';
import { Redis } from 'ioredis';

import { postgres, redis } from '../../servers/index.ts';
import { defineBench } from '../bench.ts';
import { openFinding, openWrapped, rows } from '../cache-redis/cities.ts';
import { measureClear, type Waits } from '../cache-redis/clearing.ts';
import { measureOutage } from '../cache-redis/outage.ts';
import { measureRoundTrips } from '../cache-redis/round-trips.ts';

const WARM_UP_CALLS = 10_000;
const CLEARED_TIMES = 3;
const KEYS = Array.from({ length: 100 }, (_, at) => `key ${at}`);

/** What a hit in Redis costs, and what is left of it while Redis is gone. */
export const cacheRedis = defineBench({
  name: 'cache-redis',
  summary: 'strict hits in Redis against plain commands and bentocache; outages; clearing a million keys',
  // In turn, hits of five kinds drive the code that is theirs alone out of the caches of the processor, but not ioredis's,
  // which all of them run. A process has one kind of cache.
  effort: { sittings: 3, rounds: 100, warmUpRounds: 20, callsInARow: 20 },
  figures: [
    { kind: 'number', name: 'hit_roundtrips', atLeast: 1, atMost: 1 },
    { kind: 'ratio', name: 'hit_vs_raw_get', of: 'hit', to: 'rawGet', control: 'rawGetAgain', atMost: 1.5 },
    { kind: 'ratio', name: 'hit_vs_bentocache_l2', of: 'hit', to: 'bentocache', control: 'bentocacheAgain', atMost: 1 },
    // An entry that can be invalidated with others, as ours can. Apart from the other hits: each variant cools the others.
    {
      kind: 'ratio',
      name: 'hit_vs_bentocache_l2_tagged',
      of: 'hitBesideTagged',
      to: 'tagged',
      control: 'taggedAgain',
      atMost: 1,
    },
    { kind: 'ratio', name: 'get_many_100_vs_100_gets', of: 'getMany', to: 'gets', control: 'getsAgain', atMost: 0.15 },
    {
      kind: 'ratio',
      name: 'get_many_100_vs_100_concurrent_gets',
      of: 'getMany',
      to: 'getsAtOnce',
      control: 'getsAtOnce',
    },
    { kind: 'ratio', name: 'find_hit_vs_uncached_postgres', of: 'findHit', to: 'find', control: 'findAgain' },
    { kind: 'number', name: 'outage_p99_added_ms', unit: 'ms', atMost: 20 },
    { kind: 'number', name: 'outage_later_p99_added_ms', unit: 'ms', atMost: 1 },
    { kind: 'number', name: 'recovered_ms', unit: 'ms', atMost: 2_000 },
    { kind: 'number', name: 'clear_blocks_ms', unit: 'ms', atMost: 5 },
    { kind: 'number', name: 'clear_blocks_ms_control', unit: 'ms' },
  ],
  async open() {
    const { firstSecondMs, laterMs, recoveredMs } = await measureOutage();
    const server = await redis();
    const { url } = server.primary;
    const cleared = await clearedBesideIdle();
    const app = await openWrapped(url);
    const plain = await openPlain(url);
    const peers = [await openBentocache(server.primary), await openBentocache(server.primary)] as const;
    const finds = await openFinds(url);
    const hits = [app.hit, plain.get, ...peers.flatMap(({ hit, taggedHit }) => [hit, taggedHit])];
    for (const call of [...hits, finds.hit, finds.uncached]) await warmUp(call);
    const roundTrips = await measureRoundTrips(url, app.hit);
    if (app.stats().failures > 0) throw new Error(`The cache failed: ${app.stats().lastFailure}`);
    return {
      variants: {
        hit: () => app.hit,
        rawGet: () => plain.get,
        rawGetAgain: () => plain.get,
        bentocache: () => peers[0].hit,
        bentocacheAgain: () => peers[1].hit,
        hitBesideTagged: () => app.hit,
        tagged: () => peers[0].taggedHit,
        taggedAgain: () => peers[1].taggedHit,
        getMany: () => plain.getMany,
        gets: () => plain.gets,
        getsAgain: () => plain.gets,
        getsAtOnce: () => plain.getsAtOnce,
        findHit: () => finds.hit,
        find: () => finds.uncached,
        findAgain: () => finds.uncachedAgain,
      },
      numbers: () => ({
        hit_roundtrips: roundTrips,
        outage_p99_added_ms: firstSecondMs,
        outage_later_p99_added_ms: laterMs,
        recovered_ms: recoveredMs,
        clear_blocks_ms: cleared.longestMs,
        clear_blocks_ms_control: cleared.idleMs,
      }),
      async close() {
        await Promise.all([app, plain, ...peers, finds].map(opened => opened.close()));
        await server.stop();
      },
    };
  },
});

/** The least of several times: what clearing does to others it does each time, what the machine does is different. */
async function clearedBesideIdle(): Promise<Waits> {
  const all: Waits[] = [];
  for (let time = 0; time < CLEARED_TIMES; time++) {
    // One that is rid of a million keys has something to do afterwards.
    await using full = await redis();
    await using idle = await redis();
    all.push(await measureClear(full.primary.url, idle.primary.url));
  }
  const least = (name: keyof Waits): number => Math.min(...all.map(waits => waits[name]));
  return { longestMs: least('longestMs'), idleMs: least('idleMs') };
}

/** As in a server that has run for a while; the rounds are too few for the JIT. */
async function warmUp(call: () => Promise<unknown>): Promise<void> {
  for (let at = 0; at < WARM_UP_CALLS; at++) await call();
}

async function openPlain(url: string) {
  const client = new Redis(url);
  const values = redisValues<object>({ client: () => client, prefix: 'values:' });
  await client.set('rows', JSON.stringify(rows));
  await values.setMany(KEYS.map((key, at) => [key, { id: at, name: key }]));
  const get = async (key: string): Promise<unknown> => JSON.parse((await client.get(key)) ?? 'null');
  return {
    get: () => get('rows'),
    getMany: () => values.getMany(KEYS),
    gets: async () => {
      for (const key of KEYS) await get(`values:${key}`);
    },
    getsAtOnce: () => Promise.all(KEYS.map(key => get(`values:${key}`))),
    close: async () => client.disconnect(),
  };
}

async function openBentocache({ host, port }: { readonly host: string; readonly port: number }) {
  const driver = redisDriver({ connection: { host, port } });
  const bento = new BentoCache({ default: 'redis', stores: { redis: bentostore().useL2Layer(driver) } });
  return {
    hit: () => bento.getOrSet({ key: 'rows', ttl: '1h', factory: () => rows }),
    taggedHit: () => bento.getOrSet({ key: 'tagged rows', ttl: '1h', tags: ['city'], factory: () => rows }),
    close: () => bento.disconnectAll(),
  };
}

async function openFinds(url: string) {
  const server = await postgres();
  const options = server.mikroOrmOptions();
  const uncached = await openFinding(options, undefined);
  const uncachedAgain = await openFinding(options, undefined);
  const cached = await openFinding(options, url);
  return {
    hit: cached.find,
    uncached: uncached.find,
    uncachedAgain: uncachedAgain.find,
    close: async () => {
      for (const { close } of [uncached, uncachedAgain, cached]) await close();
      await server.stop();
    },
  };
}
