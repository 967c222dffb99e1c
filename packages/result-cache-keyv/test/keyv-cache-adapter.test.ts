import { KeyvCacheAdapter } from '@mikro-kit/result-cache-keyv';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { Keyv } from 'keyv';
import { expect, it } from 'vitest';

const Coin = defineEntity({
  name: 'Coin',
  properties: { id: p.integer().primary(), mint: p.datetime(), seal: p.blob() },
});

it('serves the host’s own result cache, with types as they are and misses that are misses', async () => {
  const orm = await MikroORM.init({
    dbName: ':memory:',
    entities: [Coin],
    resultCache: { adapter: KeyvCacheAdapter, options: { keyv: () => new Keyv() }, expiration: 60_000 },
  });
  await orm.schema.create();
  const read = () => orm.em.fork().findOne(Coin, 1, { cache: ['coin', 60_000] });
  expect(await read()).toBeNull();
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

async function fail(): Promise<never> {
  throw new Error('backend down');
}

it('answers a failing backend with a miss', async () => {
  const keyv = {
    get: fail,
    getMany: fail,
    setMany: fail,
    delete: fail,
    deleteMany: fail,
    disconnect: fail,
    on: () => {},
  };
  const adapter = new KeyvCacheAdapter({ keyv: () => keyv });
  await adapter.set('name', 1, '');
  await adapter.remove('name');
  expect(await adapter.get('name')).toBeUndefined();
  await adapter.close();
  await expect(adapter.clear()).rejects.toThrow('backend down');
});

it('clears its own results and nothing else', async () => {
  const keyv = new Keyv();
  await keyv.set('mine', 'kept');
  const adapter = new KeyvCacheAdapter({ keyv: () => keyv });
  await adapter.set('name', 1, '');
  expect(await adapter.get('name')).toBe(1);
  await adapter.clear();
  expect([await adapter.get('name'), await keyv.get('mine')]).toEqual([undefined, 'kept']);
});

it('gives a value back with its types', async () => {
  const adapter = new KeyvCacheAdapter({ keyv: () => new Keyv() });
  const value = {
    id: 9_007_199_254_740_993n,
    at: new Date(1),
    bytes: Buffer.from([0]),
    none: undefined,
    list: [null, 0],
  };
  await adapter.set('name', value, '');
  expect(await adapter.get('name')).toStrictEqual(value);
});

it('does not keep a value that would lose its class', async () => {
  const adapter = new KeyvCacheAdapter({ keyv: () => new Keyv() });
  await adapter.set('name', { at: new URL('https://example.com') }, '');
  expect(await adapter.get('name')).toBeUndefined();
});
