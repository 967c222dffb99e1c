import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
import { redisStore } from '@mikro-kit/result-cache-redis';
import { storeConformance } from '@mikro-kit/result-cache/conformance';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWith, redis, type RedisGroup, until } from '../servers/index.ts';

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });
cacheable(City);

await describeWith('redis', 'redisStore', () => {
  let group: RedisGroup;
  beforeAll(async () => void (group = await redis()));
  afterAll(() => group?.stop());

  const store = (prefix?: string) =>
    redisStore({
      client: () => new Redis(group.primary.url),
      commandTimeoutMs: 2_000,
      ...(prefix !== undefined && { prefix }),
    });

  storeConformance({ describe, it }, 'redisStore', () => store());

  it('works on a client that pipelines by itself', async () => {
    const one = redisStore({
      client: () => new Redis(group.primary.url, { enableAutoPipelining: true }),
      commandTimeoutMs: 2_000,
      prefix: 'pipelined:',
    });
    const [stamp] = await one.stamp(['table:city']);
    await one.write('key', Buffer.from('x'), 60_000);
    expect(await one.read('key', ['table:city'])).toEqual({ entry: Buffer.from('x'), stamps: [stamp] });
    await one.mark(['table:city'], 'writer', 60_000);
    expect((await one.read(undefined, ['table:city'])).stamps).toEqual([{ state: 'held' }]);
    await one.close();
  });

  it('clears what is under its prefix and nothing else, also when the prefix looks like a pattern', async () => {
    const stores = ['a*?[b]:', 'aXYb:', 'a*?[b]:longer:'].map(prefix => store(prefix));
    for (const one of stores) await one.write('key', Buffer.from('x'), 60_000);
    await stores[0]?.clear();
    const left = await Promise.all(stores.map(async one => (await one.read('key', [])).entry !== undefined));
    expect(left).toEqual([false, true, true]);
    await Promise.all(stores.map(one => one.close()));
  });

  it('makes another nonce each time a script is sent again', async () => {
    const client = new Redis(group.primary.url);
    const one = store('replay:');
    await one.bump(['table:city'], 'writer');
    const [first] = await one.stamp(['table:city']);
    await one.bump(['table:city'], 'writer');
    const [second] = await one.stamp(['table:city']);
    expect(second).not.toEqual(first);
    client.disconnect();
    await one.close();
  });

  it('opens no connection before it is used', async () => {
    let made = 0;
    const one = redisStore({ client: () => (made++, new Redis(group.primary.url)) });
    await one.close();
    expect(made).toBe(0);
  });

  it('shares entries, and the news of what was written, between the processes of one database', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
    const [prefix, dbName] = [`${randomUUID()}:`, join(folder, 'cities.sqlite')];
    const open = () => MikroORM.init({ dbName, entities: [City], extensions: [resultCache({ store: store(prefix) })] });
    const [one, other] = [await open(), await open()];
    await one.schema.create();
    await one.em.fork().insert(City, { id: 1, name: 'first' });
    const name = async (orm: MikroORM) => (await orm.em.fork().findOneOrFail(City, 1)).name;
    expect([await name(one), await name(other)]).toEqual(['first', 'first']);
    expect(getResultCache(other).stats()).toMatchObject({ hits: 1, misses: 0 });
    await one.em.fork().nativeUpdate(City, { id: 1 }, { name: 'second' });
    expect([await name(other), await name(one)]).toEqual(['second', 'second']);
    expect(getResultCache(one).stats()).toMatchObject({ hits: 1, misses: 1 });
    await Promise.all([one.close(), other.close()]);
    await rm(folder, { recursive: true });
  });
});

async function openCity(group: Pick<RedisGroup, 'primary'>) {
  const client = () => new Redis(group.primary.url, { retryStrategy: () => 20 });
  const orm = await MikroORM.init({
    dbName: ':memory:',
    entities: [City],
    extensions: [resultCache({ store: redisStore({ client, prefix: `${randomUUID()}:` }) })],
  });
  await orm.schema.create();
  await orm.em.fork().insert(City, { id: 1, name: 'before' });
  const name = async () => (await orm.em.fork().findOneOrFail(City, 1)).name;
  return { orm, name, stats: () => getResultCache(orm).stats() };
}

await describeWith('redis', 'a query whose Redis', () => {
  it('was killed is answered by the database, and by the cache again once Redis is back, never with old rows', async () => {
    await using group = await redis();
    const { orm, name, stats } = await openCity(group);
    expect([await name(), await name()]).toEqual(['before', 'before']);
    await group.primary.kill();
    expect(await name()).toBe('before');
    await orm.em.fork().nativeUpdate(City, { id: 1 }, { name: 'after' });
    expect(stats().undelivered).toBe(2);
    await group.primary.restart();
    await until(
      async () => {
        expect(await name()).toBe('after');
        return stats().undelivered === 0 && stats().hits > 1;
      },
      { what: 'a hit after the restart' },
    );
    await orm.close();
  });

  it('does not answer waits no longer than the deadline', async () => {
    await using group = await redis();
    const { orm, name, stats } = await openCity(group);
    await name();
    await group.primary.pause();
    const started = performance.now();
    expect(await name()).toBe('before');
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(stats().lastFailure).toMatch(/did not answer within 100 ms/);
    const closing = performance.now();
    await orm.close();
    expect(performance.now() - closing).toBeLessThan(1_000);
    await group.primary.resume();
  });
});
