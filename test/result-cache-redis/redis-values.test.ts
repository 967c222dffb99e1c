import { randomUUID } from 'node:crypto';

import { redisValues, type RedisClient, type RedisValuesOptions } from '@mikro-kit/result-cache-redis';
import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, expectTypeOf, it, onTestFinished } from 'vitest';

import { describeWith, redisCluster, until } from '../servers/index.ts';
import { topologies, type Topology } from './topologies.ts';

interface Price {
  readonly amount: bigint;
  readonly since: Date;
}

const price = (amount: number): Price => ({ amount: BigInt(amount), since: new Date(amount) });

function valuesOf(client: () => RedisClient, options: Partial<RedisValuesOptions<Price>> = {}) {
  const values = redisValues<Price>({ client, prefix: `${randomUUID()}:`, ...options });
  onTestFinished(() => values.close());
  return values;
}

for (const [name, start] of Object.entries(topologies)) {
  await describeWith('redis', `redisValues on ${name}`, () => {
    let topology: Topology;
    beforeAll(async () => void (topology = await start()));
    afterAll(() => topology?.[Symbol.asyncDispose]());

    it('keeps and finds many at once, with their types', async () => {
      const values = valuesOf(() => topology.client(6));
      const all = Array.from({ length: 300 }, (_, at) => [`key ${at}`, price(at)] as const);
      await values.setMany(all);
      const found = await values.getMany(['missing', ...all.map(([key]) => key)]);
      expectTypeOf(found).toEqualTypeOf<Map<string, Price>>();
      expect([...found]).toStrictEqual(all);
      expect(await values.deleteMany(['key 1', 'missing', 'key 2'])).toBe(2);
      expect([...(await values.getMany(['key 1', 'key 3'])).keys()]).toEqual(['key 3']);
    });

    it('runs steps of several kinds and gives each its type', async () => {
      const values = valuesOf(() => topology.client(6));
      await values.setMany([['a', price(1)]]);
      const [before, , gone, after] = await values.pipeline(p => [
        p.get('a'),
        p.set('b', price(2)),
        p.delete('a'),
        p.get('a'),
      ]);
      expectTypeOf(before).toEqualTypeOf<Price | undefined>();
      expectTypeOf(gone).toEqualTypeOf<boolean>();
      expect([before, gone, after]).toStrictEqual([price(1), true, undefined]);
      expect(await values.getMany(['b'])).toStrictEqual(new Map([['b', price(2)]]));
    });

    it('forgets what has expired, and keeps nothing that has expired already', async () => {
      const values = valuesOf(() => topology.client(6), { expiration: 30 });
      await values.setMany([['short', price(1)]]);
      await values.setMany([['long', price(2)]], { expiration: 60_000 });
      await values.setMany([['late', price(3)]], { expiration: 0 });
      await until(async () => (await values.getMany(['short'])).size === 0, { what: 'the short one to expire' });
      expect([...(await values.getMany(['short', 'long', 'late'])).keys()]).toEqual(['long']);
    });

    it('names the keys whose values are none of its own', async () => {
      const client = topology.client(6);
      onTestFinished(() => client.disconnect());
      await client.set('mixed:bad', Buffer.from([0xff, 0xff]));
      const values = valuesOf(() => client, { prefix: 'mixed:' });
      await values.setMany([['good', price(1)]]);
      await expect(values.getMany(['good', 'bad'])).rejects.toMatchObject({
        code: 'PARTLY_FAILED',
        failures: [{ key: 'bad' }],
      });
    });
  });
}

await describeWith('redis', 'redisValues on a Cluster of which a part is gone', () => {
  it('says which keys failed, and does the others', async () => {
    await using group = await redisCluster();
    const [one] = group.nodes;
    if (!one) throw new Error('There are three.');
    const client = new Cluster(group.startupNodes());
    onTestFinished(() => client.disconnect());
    await until(() => client.status === 'ready', { what: 'the connection' });
    for (const node of client.nodes('master')) await node.config('SET', 'cluster-require-full-coverage', 'no');
    const values = valuesOf(() => client, { commandTimeoutMs: 300 });
    const all = Array.from({ length: 30 }, (_, at) => [`key ${at}`, price(at)] as const);
    await values.setMany(all);
    await one.pause();
    const error: unknown = await values.getMany(all.map(([key]) => key)).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'RedisStoreError', code: 'PARTLY_FAILED' });
    const failed = error instanceof Error && 'failures' in error && Array.isArray(error.failures) ? error.failures : [];
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(30);
    await one.resume();
    await until(async () => (await values.getMany(all.map(([key]) => key))).size === 30, { what: 'all of them again' });
  });
});
