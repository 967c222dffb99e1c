import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, redis, redisCluster, type RedisGroup, redisSentinel, type ReplicaNode, until } from './index.ts';
import { command } from './redis/connection.ts';

await describeWith('redis', 'a Redis with a replica', () => {
  let group: RedisGroup<1>;
  let replica: ReplicaNode;

  beforeAll(async () => {
    group = await redis({ replicas: 1 });
    [replica] = group.replicas;
  });
  afterAll(() => group?.stop());

  const write = (value: string, to = group.primary.port) => command(to, 'SET', 'key', value);
  const read = (port = replica.port) => command(port, 'GET', 'key');

  it('copies what is written', async () => {
    await write('first');
    await replica.caughtUp();
    expect(await read()).toBe('first');
  });

  it('lags by the time asked for', async () => {
    await replica.lag(500);
    await write('late');
    expect(await read()).toBe('first');
    await until(async () => (await read()) === 'late', { what: 'the late value', deadlineMs: 2_000 });
    await replica.lag(0);
  });

  it('answers with old data while its replication is broken, and catches up when it is repaired', async () => {
    await replica.breakReplication();
    await write('unseen');
    expect(await read()).toBe('late');
    await replica.repairReplication();
    await replica.caughtUp();
    expect(await read()).toBe('unseen');
  });

  it('does not answer while it is paused and goes on when resumed', async () => {
    await replica.pause();
    await expect(read()).rejects.toThrow(/timed out|closed/);
    await replica.resume();
    expect(await read()).toBe('unseen');
  });

  it('keeps what was written when it is killed and restarted', async () => {
    await write('kept');
    await group.primary.kill();
    await expect(read(group.primary.port)).rejects.toThrow(/closed/);
    await group.primary.restart();
    expect(await read(group.primary.port)).toBe('kept');
  });

  it('lets the replica take over', async () => {
    await replica.caughtUp();
    await replica.promote();
    await write('mine', replica.port);
    expect(await read()).toBe('mine');
  });
});

await describeWith('redis', 'a Redis watched by three sentinels', () => {
  it('replaces a dead primary, which comes back as a replica', async () => {
    await using group = await redisSentinel();
    const client = new Redis({ ...group.ioredisOptions(), retryStrategy: () => 50, sentinelRetryStrategy: () => 50 });
    client.on('error', () => undefined);
    await client.set('key', 'before');
    await group.primary.kill();
    await until(async () => (await client.set('key', 'after')) === 'OK', { what: 'a write after the failover' });
    expect(await group.currentPrimaryPort()).toBe(group.replicas[0]?.port);
    await group.primary.restart();
    await until(async () => (await command(group.primary.port, 'GET', 'key')) === 'after', {
      what: 'the old primary to copy',
    });
    client.disconnect();
  });
});

await describeWith('redis', 'a Redis Cluster of three nodes', () => {
  it('spreads keys over its nodes and is whole again after one was killed', async () => {
    await using group = await redisCluster();
    const cluster = new Cluster(group.startupNodes());
    cluster.on('error', () => undefined);
    const keys = Array.from({ length: 30 }, (_, i) => `key-${i}`);
    await Promise.all(keys.map(key => cluster.set(key, key)));
    const sizes = await Promise.all(group.nodes.map(node => command(node.port, 'DBSIZE')));
    expect(sizes.every(size => Number(size) > 0)).toBe(true);
    await group.nodes[1]?.kill();
    await group.nodes[1]?.restart();
    const readAll = () => Promise.all(keys.map(key => cluster.get(key)));
    await until(async () => (await readAll()).every((value, i) => value === keys[i]), { what: 'all keys' });
    cluster.disconnect();
  });
});
