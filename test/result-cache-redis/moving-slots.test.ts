import { redisStore } from '@mikro-kit/result-cache-redis';
import { Cluster, Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';

import { describeWith, redisCluster, type RedisClusterGroup, until } from '../servers/index.ts';

interface Node {
  readonly redis: Redis;
  readonly id: string;
  readonly port: number;
}

async function nodesOf(group: RedisClusterGroup): Promise<Node[]> {
  return Promise.all(
    group.nodes.map(async ({ url, port }) => {
      const redis = new Redis(url);
      onTestFinished(() => redis.disconnect());
      return { redis, port, id: await redis.cluster('MYID') };
    }),
  );
}

await describeWith('redis', 'a store on a Cluster that moves a slot', () => {
  it('reads, marks and bumps a stamp before, while and after it moves, and tells no stamp of before as valid', async () => {
    await using group = await redisCluster();
    const nodes = await nodesOf(group);
    const store = redisStore({
      client: () => new Cluster(group.startupNodes()),
      prefix: 'p:',
      commandTimeoutMs: 2_000,
    });
    onTestFinished(() => store.close());
    const dependencies = Array.from({ length: 30 }, (_, at) => `d${at}`);
    await until(() => store.stamp(dependencies), { what: 'the connection' });
    const stampKey = 'p:s:d0';
    const slot = await nodes[0]?.redis.cluster('KEYSLOT', stampKey);
    const owned = await Promise.all(nodes.map(async ({ redis }) => (await redis.keys(stampKey)).length > 0));
    const [from, to] = [nodes[owned.indexOf(true)], nodes[owned.indexOf(false)]];
    if (!from || !to) throw new Error('One has it, two have not.');
    const stampOf = async () => (await store.read(undefined, dependencies)).stamps[0];
    const before = await stampOf();

    await to.redis.call('CLUSTER', 'SETSLOT', `${slot}`, 'IMPORTING', from.id);
    await from.redis.call('CLUSTER', 'SETSLOT', `${slot}`, 'MIGRATING', to.id);
    expect(await stampOf()).toEqual(before);
    await from.redis.migrate('127.0.0.1', to.port, stampKey, 0, 1_000);
    const during = await stampOf();
    expect(during).toMatchObject({ state: 'set' });
    expect(during).not.toEqual(before);
    await store.mark(dependencies, 'writer', 60_000);
    expect(await stampOf()).toEqual({ state: 'held' });

    for (const { redis } of [to, from, ...nodes]) await redis.call('CLUSTER', 'SETSLOT', `${slot}`, 'NODE', to.id);
    expect(await stampOf()).toEqual({ state: 'held' });
    await store.bump(dependencies, 'writer');
    expect(await stampOf()).toEqual({ state: 'missing' });
    const [after] = await store.stamp(dependencies);
    expect([before, during]).not.toContainEqual(after);
  });

  it('race 21: sends each server one request for a read of many keys, whatever their slots', async () => {
    await using group = await redisCluster();
    const nodes = await nodesOf(group);
    const store = redisStore({ client: () => new Cluster(group.startupNodes()), commandTimeoutMs: 2_000 });
    onTestFinished(() => store.close());
    const dependencies = Array.from({ length: 100 }, (_, at) => `d${at}`);
    await until(() => store.stamp(dependencies), { what: 'the connection' });
    const counted = async () =>
      Promise.all(
        nodes.map(async ({ redis }) => {
          const [, reads] = /total_reads_processed:(\d+)/.exec(await redis.info('stats')) ?? [];
          return Number(reads);
        }),
      );
    // A node of a Cluster reads from its fellows on connections that do not count.
    const first = await counted();
    await store.read('key', dependencies);
    const second = await counted();
    expect(second.map((reads, at) => reads - (first[at] ?? 0) - 1)).toEqual([1, 1, 1]);
  });
});
