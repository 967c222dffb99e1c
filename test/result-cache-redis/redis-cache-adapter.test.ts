import { RedisCacheAdapter } from '@mikro-kit/result-cache-redis';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, redis, type RedisGroup } from '../servers/index.ts';

const Coin = defineEntity({
  name: 'Coin',
  properties: { id: p.integer().primary(), mint: p.datetime(), seal: p.blob() },
});

await describeWith('redis', 'RedisCacheAdapter', () => {
  let group: RedisGroup;
  beforeAll(async () => void (group = await redis()));
  afterAll(() => group?.stop());

  const adapter = (prefix: string) => new RedisCacheAdapter({ client: () => new Redis(group.primary.url), prefix });

  it('serves the host’s own result cache, with types as they are and misses that are misses', async () => {
    const orm = await MikroORM.init({
      dbName: ':memory:',
      entities: [Coin],
      resultCache: {
        adapter: RedisCacheAdapter,
        options: { client: () => new Redis(group.primary.url) },
        expiration: 60_000,
      },
    });
    await orm.schema.create();
    const read = () => orm.em.fork().findOne(Coin, 1, { cache: ['coin', 60_000] });
    expect(await read()).toBeNull();
    await orm.em.fork().clearCache('coin');
    await orm.em.fork().insert(Coin, { id: 1, mint: new Date(5), seal: Buffer.from([0, 255]) });
    const fresh = await read();
    await orm.em.fork().nativeDelete(Coin, 1);
    const hit = await read();
    expect(hit?.mint).toEqual(new Date(5));
    expect(hit?.seal).toEqual(fresh?.seal);
    await orm.close();
  });

  it('gives a value back with its types', async () => {
    const one = adapter('types:');
    const value = {
      id: 9_007_199_254_740_993n,
      at: new Date(1),
      bytes: Buffer.from([0]),
      none: undefined,
      list: [null, 0],
    };
    await one.set('name', value, '', 60_000);
    expect(await one.get('name')).toStrictEqual(value);
    await one.close();
  });

  it('clears what is under its prefix and nothing else', async () => {
    const [one, other] = [adapter('a*:'), adapter('ab:')];
    await one.set('name', 1, '', 60_000);
    await other.set('name', 2, '', 60_000);
    await one.clear();
    expect([await one.get('name'), await other.get('name')]).toEqual([undefined, 2]);
    await Promise.all([one.close(), other.close()]);
  });

  it('answers with a miss when Redis cannot be reached', async () => {
    const lost = new RedisCacheAdapter({ client: () => new Redis(1, '127.0.0.1', { retryStrategy: () => null }) });
    await lost.set('name', 1, '');
    expect(await lost.get('name')).toBeUndefined();
    await lost.close();
  });
});
