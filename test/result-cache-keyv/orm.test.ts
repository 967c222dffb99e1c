import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
import { KeyvCacheAdapter, type KeyvLike, keyvStore } from '@mikro-kit/result-cache-keyv';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { type AnyServer, anyServer, describeWith, describeWithAny, redis, until } from '../servers/index.ts';
import { type KeyvRelease, onPostgres, onRedis, releases } from './backends.ts';

const City = defineEntity({ name: 'City', properties: { code: p.string().primary(), name: p.string() } });
cacheable(City, { expiration: 600_000 });

const SAO_PAULO = `Sao Paulo ${'.'.repeat(1_000)}`;

type Open = (release: KeyvRelease, url: string, namespace: string) => KeyvLike;

/** Two ORMs of one database, as in two processes, whose caches share a backend. */
async function twoProcesses(keyv: () => KeyvLike, commandTimeoutMs = 2_000): Promise<[MikroORM, MikroORM]> {
  const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
  const open = () =>
    MikroORM.init({
      dbName: join(folder, 'cities.sqlite'),
      entities: [City],
      extensions: [resultCache({ store: keyvStore({ keyv, commandTimeoutMs }) })],
    });
  const orms: [MikroORM, MikroORM] = [await open(), await open()];
  onTestFinished(async () => {
    await Promise.all(orms.map(orm => orm.close()));
    await rm(folder, { recursive: true });
  });
  await orms[0].schema.create();
  await orms[0].em.fork().insert(City, { code: SAO_PAULO, name: 'first' });
  return orms;
}

const name = async (orm: MikroORM) => (await orm.em.fork().findOneOrFail(City, SAO_PAULO)).name;
const rename = (orm: MikroORM, to: string) => orm.em.fork().nativeUpdate(City, SAO_PAULO, { name: to });

const backends: readonly ['redis' | 'postgres', Open][] = [
  ['redis', onRedis],
  ['postgres', onPostgres],
];
for (const [serverName, keyvOn] of backends) {
  await describeWithAny(serverName, `two processes with Keyv on ${serverName}`, () => {
    let server: AnyServer;
    beforeAll(async () => void (server = await anyServer(serverName)));
    afterAll(() => server?.stop());

    it.each(releases)(
      '%s: share entries and the news of what was written, of rows with long keys, too',
      async release => {
        const namespace = randomUUID();
        const [one, other] = await twoProcesses(() => keyvOn(release, server.url, namespace));
        expect([await name(one), await name(other)]).toEqual(['first', 'first']);
        expect(getResultCache(other).stats()).toMatchObject({ hits: 1, misses: 0 });
        await rename(one, 'second');
        expect([await name(other), await name(one)]).toEqual(['second', 'second']);
        expect(getResultCache(one).stats()).toMatchObject({ hits: 1, undelivered: 0 });
      },
    );
  });
}

await describeWith('redis', 'a process whose Redis behind Keyv', () => {
  it.each(releases)('%s: was killed goes on without it, tells late what it wrote, and hits again', async release => {
    await using group = await redis();
    const namespace = randomUUID();
    const [one, other] = await twoProcesses(() => onRedis(release, group.primary.url, namespace), 500);
    await name(other);
    await group.primary.kill();
    await rename(one, 'second');
    expect(getResultCache(one).stats().undelivered).toBeGreaterThan(0);
    expect(await name(one)).toBe('second');
    await group.primary.restart();
    await until(async () => (await name(one), getResultCache(one).stats().undelivered === 0), { what: 'the delivery' });
    const before = getResultCache(other).stats().hits;
    await until(
      async () => {
        expect(await name(other)).toBe('second');
        return getResultCache(other).stats().hits > before;
      },
      { what: 'a hit' },
    );
  });
});

await describeWithAny('redis', 'KeyvCacheAdapter on Redis', () => {
  let server: AnyServer;
  beforeAll(async () => void (server = await anyServer('redis')));
  afterAll(() => server?.stop());

  describe.each(releases)('%s', release => {
    it('keeps values with their types until they expire, are removed or cleared', async () => {
      const adapter = new KeyvCacheAdapter({ keyv: () => onRedis(release, server.url), commandTimeoutMs: 2_000 });
      onTestFinished(() => adapter.close());
      const value = { at: new Date(1), bytes: Buffer.from([0, 255]), big: 2n ** 64n, none: null };
      for (const key of ['kept', 'removed', 'brief']) await adapter.set(key, value, '', key === 'brief' ? 30 : 60_000);
      expect(await adapter.get('kept')).toStrictEqual(value);
      await adapter.remove('removed');
      expect(await adapter.get('removed')).toBeUndefined();
      await until(async () => (await adapter.get('brief')) === undefined, { what: 'the expiration' });
      await adapter.clear();
      expect(await adapter.get('kept')).toBeUndefined();
    });
  });
});
