import { randomUUID } from 'node:crypto';

import { redisStore } from '@mikro-kit/result-cache-redis';
import { Cluster, Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';

import { describeWith, redisCluster, redisSentinel, until, type ServerNode } from '../servers/index.ts';
import { cityFile, cityProcess, type CityProcess } from './city-process.ts';

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

function connect(node: ServerNode): Redis {
  const client = new Redis(node.url);
  client.on('error', () => undefined);
  onTestFinished(() => client.disconnect());
  return client;
}

await describeWith('redis', 'a cache behind Sentinels', () => {
  it.each(['kill', 'pause'] as const)('follows the primary when they replace one that was lost (%s)', async fault => {
    await using group = await redisSentinel();
    const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
    const open = () => cityProcess({ dbName, prefix, redis: () => new Redis(group.ioredisOptions()) });
    const [city, other] = [await open(), await open()];
    await Promise.all([untilHit(city, 'old'), untilHit(other, 'old')]);
    await group.primary[fault]();
    for (let round = 0; round < 20; round++) {
      await city.rename(`during ${round}`);
      expect(await city.name()).toBe(`during ${round}`);
    }
    await group.currentPrimaryPort();
    await until(async () => (await city.name()) && city.stats().undelivered === 0, { what: 'the delivery' });
    await until(async () => (await other.name()) === 'during 19', { what: 'the other process to hear of it' });
    await city.rename('after');
    expect([await other.name(), await city.name()]).toEqual(['after', 'after']);
    await Promise.all([untilHit(city, 'after'), untilHit(other, 'after')]);
    if (fault === 'pause') await group.primary.resume();
    await city.rename('resumed');
    expect([await other.name(), await city.name()]).toEqual(['resumed', 'resumed']);
  });

  it('does not listen to an old primary that wakes up, with `failoverDetector`, not even after a long silence', async () => {
    await using group = await redisSentinel();
    const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
    const options = { ...group.ioredisOptions(), failoverDetector: true };
    const open = () => cityProcess({ dbName, prefix, redis: () => new Redis(options) });
    const [city, silent] = [await open(), await open()];
    await Promise.all([untilHit(city, 'old'), untilHit(silent, 'old')]);
    await group.primary.pause();
    await group.currentPrimaryPort();
    await until(async () => (await city.rename('new'), city.stats().undelivered === 0), { what: 'the delivery' });
    await group.primary.resume();
    expect(await silent.name()).toBe('new');
    await untilHit(silent, 'new');
  });

  it('tells who listens that bumps may have gone unheard, and of those after the failover', async () => {
    await using group = await redisSentinel();
    const store = redisStore({ client: () => new Redis(group.ioredisOptions()), prefix: `${randomUUID()}:` });
    onTestFinished(() => store.close());
    const heard: string[] = [];
    let lost = 0;
    store.listen?.({ changed: dependencies => heard.push(...dependencies), lost: () => lost++ });
    const bumpUntilHeard = (dependency: string) =>
      until(async () => (await store.bump([dependency], 'writer'), heard.includes(dependency)), { what: dependency });
    await bumpUntilHeard('before');
    const before = lost;
    await group.primary.pause();
    await until(() => lost > before, { what: 'the loss' });
    await group.currentPrimaryPort();
    await bumpUntilHeard('after');
    expect(lost).toBeGreaterThan(before + 1);
    await group.primary.resume();
  });

  it('reads entries from a replica, and from the primary when that is gone, and never one that was written since', async () => {
    await using group = await redisSentinel();
    const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
    const client = () => new Redis(group.ioredisOptions());
    const replica = () => new Redis({ ...group.ioredisOptions(), role: 'slave' });
    const city = await cityProcess({ dbName, prefix, redis: client, store: { replica } });
    const writer = await cityProcess({ dbName, prefix, redis: client });
    const [copy] = group.replicas;
    if (!copy) throw new Error('There is one replica.');
    const reads = async () =>
      Number(/cmdstat_get:calls=(\d+)/.exec(await connect(copy).info('commandstats'))?.[1] ?? 0);
    await untilHit(city, 'old');
    expect(await reads()).toBeGreaterThan(0);
    for (let round = 0; round < 50; round++) {
      await writer.rename(`name ${round}`);
      expect([await city.name(), await city.name()]).toEqual([`name ${round}`, `name ${round}`]);
    }
    await copy.kill();
    await untilHit(city, 'name 49');
    await writer.rename('new');
    expect(await city.name()).toBe('new');
    await untilHit(city, 'new');
  });
});

await describeWith('redis', 'a cache on a Cluster', () => {
  it('serves nothing old when a shard loses what it had acknowledged, whichever shard it is', async () => {
    await using group = await redisCluster({ replicas: 1 });
    const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
    const open = () => cityProcess({ dbName, prefix, redis: () => new Cluster(group.startupNodes()) });
    const [city, other] = [await open(), await open()];
    for (const [at, primary] of group.nodes.entries()) {
      const replica = group.replicas[at];
      if (!replica) throw new Error('There is a replica for each primary.');
      const [before, after] = [at === 0 ? 'old' : `after ${at - 1}`, `after ${at}`];
      await Promise.all([untilHit(city, before), untilHit(other, before)]);
      // What the primary acknowledges from now on its replica does not hear.
      await replica.pause();
      await city.rename(after);
      await primary.kill();
      await replica.resume();
      await until(async () => (await connect(replica).cluster('FAILOVER', 'TAKEOVER')) === 'OK', {
        what: 'the takeover',
      });
      await until(async () => (await connect(replica).info('replication')).includes('role:master'), {
        what: 'the new primary',
      });
      expect([await other.name(), await city.name()]).toEqual([after, after]);
      await Promise.all([untilHit(city, after), untilHit(other, after)]);
    }
  });
});
