import { randomUUID } from 'node:crypto';

import { redisStore, RedisCacheAdapter, type RedisClient, type RedisStoreOptions } from '@mikro-kit/result-cache-redis';
import { storeConformance } from '@mikro-kit/result-cache/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { describeWith, until } from '../servers/index.ts';
import { topologies, versions, type Topology } from './topologies.ts';

for (const [name, start] of Object.entries(topologies)) {
  await describeWith('redis', name, () => {
    let topology: Topology;
    beforeAll(async () => void (topology = await start()));
    afterAll(() => topology?.[Symbol.asyncDispose]());

    for (const version of versions) {
      storeConformance({ describe, it }, `${name}, ioredis ${version}`, () => open(() => topology.client(version)));
      storeConformance({ describe, it }, `${name}, ioredis ${version}, signed and compressed`, () =>
        open(() => topology.client(version, { keyPrefix: 'kept*apart:', lazyConnect: true }), {
          compress: { minBytes: 0 },
          hmac: 'a secret that is long enough',
        }),
      );

      it(`leaves an application's client of ioredis ${version} as it was`, async () => {
        const client = topology.client(version);
        await client.ping();
        const listeners = () => client.eventNames().map(event => [event, client.listenerCount(event)]);
        const options = () => ({ ...client.options });
        const before = [listeners(), options()];
        const store = open(() => client);
        const stop = store.listen?.({ changed: () => undefined, lost: () => undefined });
        await store.write('key', Buffer.from('x'), 60_000);
        await store.bump(['a', 'b', 'c'], 'owner');
        stop?.();
        await store.close();
        expect(client.status).toBe('ready');
        expect([listeners(), options()]).toEqual(before);
        expect(await client.set('still', 'mine')).toBe('OK');
        await client.quit();
      });

      it(`closes a client of ioredis ${version} that was made for it`, async () => {
        let made: RedisClient | undefined;
        const store = open(() => (made = topology.client(version)));
        await store.stamp(['a']);
        expect(made?.status).toBe('ready');
        await store.close();
        await until(() => made?.status === 'end', { what: 'the end of the client' });
      });

      it(`leaves a client of ioredis ${version} alone that is said to be shared`, async () => {
        let made: RedisClient | undefined;
        const store = open(() => (made = topology.client(version)), { shared: true });
        await store.stamp(['a']);
        await store.close();
        expect(made?.status).toBe('ready');
        await made?.quit();
      });

      it(`serves the host's own cache with ioredis ${version}`, async () => {
        const adapter = new RedisCacheAdapter({ client: () => topology.client(version), prefix: `${randomUUID()}*:` });
        const value = { id: 9_007_199_254_740_993n, at: new Date(1), bytes: Buffer.from([0]), none: undefined };
        await until(
          async () => (await adapter.set('name', value, '', 60_000), (await adapter.get('name')) !== undefined),
          { what: 'a hit' },
        );
        expect(await adapter.get('name')).toStrictEqual(value);
        expect(await adapter.get('other')).toBeUndefined();
        await adapter.remove('name');
        expect(await adapter.get('name')).toBeUndefined();
        await Promise.all(Array.from({ length: 100 }, (_, at) => adapter.set(`${at}`, at, '', 60_000)));
        expect(await adapter.get('7')).toBe(7);
        await adapter.clear();
        expect(await adapter.get('7')).toBeUndefined();
        await adapter.close();
      });
    }
  });
}

function open(client: () => RedisClient, options: Partial<RedisStoreOptions> = {}) {
  return redisStore({ client, prefix: `${randomUUID()}:`, commandTimeoutMs: 2_000, ...options });
}
