import { randomUUID } from 'node:crypto';

import { getResultCache } from '@mikro-kit/result-cache';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';

import { describeWith, faultProxy, redis, until, type RedisGroup } from '../servers/index.ts';
import { cityFile, cityProcess, type CityProcess } from './city-process.ts';

/** Two processes on one database and one Redis. */
async function pair(url: string, otherUrl = url): Promise<[CityProcess, CityProcess]> {
  const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
  return [await cityProcess({ dbName, prefix, redis: url }), await cityProcess({ dbName, prefix, redis: otherUrl })];
}

function admin({ primary }: Pick<RedisGroup, 'primary'>): Redis {
  const client = new Redis(primary.url);
  onTestFinished(() => client.disconnect());
  return client;
}

/** How long a call takes, in milliseconds. */
async function msOf(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await call();
  return performance.now() - started;
}

/** How long one of many calls takes, in milliseconds. */
async function medianMsOf(call: () => Promise<unknown>): Promise<number> {
  const took: number[] = [];
  for (let at = 0; at < 1_000; at++) took.push(await msOf(call));
  return took.toSorted((one, other) => one - other)[500] ?? Infinity;
}

async function untilHit(city: CityProcess, expected: string): Promise<void> {
  const before = city.stats().hits;
  await until(
    async () => {
      expect(await city.name()).toBe(expected);
      return city.stats().hits > before;
    },
    { what: 'a hit' },
  );
}

await describeWith('redis', 'a cache whose Redis', () => {
  it('is down at the start answers from the database, and from Redis as soon as that is up', async () => {
    await using group = await redis();
    await group.primary.kill();
    const city = await cityProcess({ redis: group.primary.url });
    expect(await msOf(() => city.name())).toBeLessThan(1_000);
    await city.rename('new');
    expect(await city.name()).toBe('new');
    await group.primary.restart();
    await untilHit(city, 'new');
    expect(city.stats().undelivered).toBe(0);
  });

  it('is paused holds up those who are waiting and nobody after them, and is used again when it goes on', async () => {
    await using group = await redis();
    const [city, other] = await pair(group.primary.url);
    await Promise.all([untilHit(city, 'old'), untilHit(other, 'old')]);
    const commands = new Redis(group.primary.url);
    onTestFinished(() => commands.disconnect());
    const sent = async () => Number(/total_commands_processed:(\d+)/.exec(await commands.info('stats'))?.[1]);
    const before = await sent();
    await group.primary.pause();
    expect(await msOf(() => Promise.all(Array.from({ length: 50 }, () => city.name())))).toBeLessThan(1_000);
    const later = await medianMsOf(() => city.name());
    expect(later).toBeLessThan(3 * (await medianMsOf(() => city.nameInDatabase())) + 1);
    await city.rename('new');
    expect(await city.name()).toBe('new');
    await group.primary.resume();
    expect((await sent()) - before).toBeLessThan(300);
    await untilHit(city, 'new');
    await untilHit(other, 'new');
  });

  it('is slower than the deadline costs little more than nothing', async () => {
    await using group = await redis();
    await using proxy = await faultProxy(group.primary);
    const [city] = await pair(`redis://127.0.0.1:${proxy.port}`);
    await untilHit(city, 'old');
    proxy.latency(200);
    const took = await msOf(async () => {
      for (let at = 0; at < 500; at++) expect(await city.name()).toBe('old');
    });
    expect(took).toBeLessThan(5_000);
    proxy.heal();
    await untilHit(city, 'old');
  });

  it.each(['reset', 'down', 'blackHole'] as const)('is cut off (%s) and comes back is used again', async fault => {
    await using group = await redis();
    await using proxy = await faultProxy(group.primary);
    const [city, other] = await pair(`redis://127.0.0.1:${proxy.port}`, group.primary.url);
    await Promise.all([untilHit(city, 'old'), untilHit(other, 'old')]);
    await proxy[fault]();
    expect(await msOf(() => city.name())).toBeLessThan(1_000);
    await city.rename('new');
    expect([await city.name(), await city.name()]).toEqual(['new', 'new']);
    proxy.heal();
    await proxy.up();
    await until(async () => (await other.name()) === 'new', { what: 'the other process to hear of it' });
    await untilHit(city, 'new');
    expect(city.stats().undelivered).toBe(0);
  });

  it('is out of memory and evicts nothing serves nothing old: writes are still heard of', async () => {
    await using group = await redis();
    const [city, other] = await pair(group.primary.url);
    await Promise.all([untilHit(city, 'old'), untilHit(other, 'old')]);
    const config = admin(group);
    await config.config('SET', 'maxmemory', '1');
    await expect(config.set('x', 'x')).rejects.toThrow(/OOM/);
    expect(await other.name()).toBe('old');
    expect(other.stats().hits).toBeGreaterThan(1);
    await city.rename('new');
    expect([await other.name(), await city.name()]).toEqual(['new', 'new']);
    expect(city.stats().undelivered).toBe(0);
    await config.config('SET', 'maxmemory', '0');
    await Promise.all([untilHit(city, 'new'), untilHit(other, 'new')]);
  });

  it('is out of memory and evicts anything serves nothing old', async () => {
    await using group = await redis();
    const [city, other] = await pair(group.primary.url);
    const config = admin(group);
    await config.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const used = Number(/used_memory:(\d+)/.exec(await config.info('memory'))?.[1]);
    await config.config('SET', 'maxmemory', String(used + 300_000));
    for (let round = 0; round < 50; round++) {
      await city.rename(`name ${round}`);
      expect([await other.name(), await city.name()]).toEqual([`name ${round}`, `name ${round}`]);
      await Promise.all(Array.from({ length: 20 }, (_, at) => config.set(`filler ${round} ${at}`, 'x'.repeat(10_000))));
    }
    expect(Number(/evicted_keys:(\d+)/.exec(await config.info('stats'))?.[1])).toBeGreaterThan(100);
    expect(city.stats().undelivered).toBe(0);
  });

  it('was emptied, or restarted empty, serves nothing old', async () => {
    await using group = await redis();
    const [city, other] = await pair(group.primary.url);
    for (const how of ['flushed', 'restarted']) {
      await Promise.all([untilHit(city, how === 'flushed' ? 'old' : 'flushed'), other.name()]);
      await admin(group).flushall();
      if (how === 'restarted') await group.primary.restart();
      await city.rename(how);
      await until(async () => (await other.name()) === how && city.stats().undelivered === 0, { what: 'delivery' });
      await untilHit(other, how);
      expect(await city.name()).toBe(how);
    }
  });

  it('became a replica is not asked any more, not even by those who only read', async () => {
    await using group = await redis({ replicas: 1 });
    const [replica] = group.replicas;
    const [city, other] = await pair(group.primary.url, replica.url);
    await untilHit(city, 'old');
    // A replica is no store: its stamps lag.
    expect(await other.name()).toBe('old');
    expect(other.stats().lastFailure).toMatch(/is a replica/);
    await replica.promote();
    await admin(group).replicaof('127.0.0.1', replica.port);
    await until(async () => (await city.name()) && /is a replica/.test(city.stats().lastFailure ?? ''), {
      what: 'the reader to notice',
    });
    await other.rename('new');
    expect([await city.name(), await other.name()]).toEqual(['new', 'new']);
    await untilHit(other, 'new');
  });
});

await describeWith('redis', 'entries of a Redis that', () => {
  it('others have written to count for nothing', async () => {
    await using group = await redis();
    const prefix = `${randomUUID()}:`;
    const secret = 'a secret that is long enough';
    const city = await cityProcess({
      redis: group.primary.url,
      prefix,
      store: { hmac: secret, compress: { minBytes: 1 } },
    });
    await untilHit(city, 'old');
    const client = admin(group);
    const [key = ''] = await client.keys(`${prefix}e:*`);
    const sealed = (await client.getBuffer(key)) ?? Buffer.alloc(0);
    const forgeries = [
      Buffer.alloc(0),
      Buffer.from([0x10]),
      Buffer.from([0x11, 255, 255, 255, 255, 1, 2, 3]),
      sealed.subarray(0, -1),
      Buffer.concat([sealed, Buffer.from([0])]),
      ...Array.from(sealed, (byte, at) => Buffer.from(sealed).fill(byte ^ 1, at, at + 1)),
    ];
    for (const forgery of forgeries) {
      await client.set(key, forgery, 'PX', 60_000);
      const [outcome] = await getResultCache(city.orm).explain(() => city.name());
      expect(outcome).toMatchObject({ kind: 'miss' });
    }
    await untilHit(city, 'old');
  });
});
