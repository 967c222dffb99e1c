import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cacheable, getResultCache, resultCache, type ResultCacheOptions } from '@mikro-kit/result-cache';
import { redisStore } from '@mikro-kit/result-cache-redis';
import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';

import { describeWith, faultProxy, redis, until, type RedisGroup } from '../servers/index.ts';

const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });
cacheable(City);

interface Process {
  readonly orm: MikroORM;
  name(): Promise<string>;
  rename(name: string): Promise<unknown>;
  hits(): number;
}

/** A process on a database file, with a store behind `url`. */
async function open(dbName: string, url: string, prefix: string, options: ResultCacheOptions = {}): Promise<Process> {
  const store = redisStore({ client: () => new Redis(url), prefix, commandTimeoutMs: 500 });
  const orm = await MikroORM.init({ dbName, entities: [City], extensions: [resultCache({ store, ...options })] });
  onTestFinished(() => orm.close());
  return {
    orm,
    name: async () => (await orm.em.fork().findOneOrFail(City, 1)).name,
    rename: name => orm.em.fork().nativeUpdate(City, 1, { name }),
    hits: () => getResultCache(orm).stats().hits,
  };
}

async function cityFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const orm = await MikroORM.init({ dbName: join(folder, 'cities.sqlite'), entities: [City] });
  await orm.schema.create();
  await orm.em.fork().insert(City, { id: 1, name: 'old' });
  await orm.close();
  return join(folder, 'cities.sqlite');
}

/** Renames the city, and is killed by `how` between its commit and its bump. */
function doomedWriter(dbName: string, url: string, prefix: string, holdMs: number): string {
  return `
    import { cacheable, resultCache } from '@mikro-kit/result-cache';
    import { redisStore } from '@mikro-kit/result-cache-redis';
    import { defineEntity, MikroORM, p } from '@mikro-orm/sqlite';
    import { Redis } from 'ioredis';
    const City = defineEntity({ name: 'City', properties: { id: p.integer().primary(), name: p.string() } });
    cacheable(City);
    const redis = redisStore({ client: () => new Redis('${url}'), prefix: '${prefix}' });
    const store = { ...redis, bump: () => process.kill(process.pid, 'SIGKILL') };
    const extensions = [resultCache({ store, holdMs: ${holdMs} })];
    const orm = await MikroORM.init({ dbName: '${dbName}', entities: [City], extensions });
    await orm.em.fork().nativeUpdate(City, 1, { name: 'new' });`;
}

await describeWith('redis', 'on a real Redis', () => {
  let group: RedisGroup;
  beforeAll(async () => void (group = await redis()));
  afterAll(() => group?.stop());

  it('race 3: a writer is killed between its commit and its bump: its hold stands, lapses, and nothing old is served', async () => {
    const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
    const { url } = group.primary;
    const reader = await open(dbName, url, prefix);
    expect([await reader.name(), await reader.name(), reader.hits()]).toEqual(['old', 'old', 1]);
    const script = doomedWriter(dbName, url, prefix, 1_000);
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const held = await getResultCache(reader.orm).explain(async () => expect(await reader.name()).toBe('new'));
    expect(held).toEqual([{ kind: 'bypass', reason: 'write in flight' }]);
    await until(async () => (await reader.name()) === 'new' && reader.hits() > 1, { what: 'the hold to lapse' });
  });

  it('a second writer leaves the hold of one that died alone', async () => {
    const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
    const { url } = group.primary;
    const writer = await open(dbName, url, prefix);
    const dead = redisStore({ client: () => new Redis(url), prefix });
    onTestFinished(() => dead.close());
    await dead.mark(['table:city', 'row:city:1'], 'dead', 60_000);
    await writer.rename('new');
    const held = await getResultCache(writer.orm).explain(() => writer.name());
    expect(held).toEqual([{ kind: 'bypass', reason: 'write in flight' }]);
    await dead.bump(['table:city', 'row:city:1'], 'dead');
    expect([await writer.name(), await writer.name(), writer.hits()]).toEqual(['new', 'new', 1]);
  });

  it('a bump whose reply is lost is sent again by the client, late, and revives nothing', async () => {
    const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
    const { url, port } = group.primary;
    await using proxy = await faultProxy({ port });
    const slow = await open(dbName, `redis://127.0.0.1:${proxy.port}`, prefix);
    const fast = await open(dbName, url, prefix);
    expect([await slow.name(), await fast.name()]).toEqual(['old', 'old']);
    proxy.latency(150);
    const writing = slow.rename('first');
    await until(async () => (await nameInDatabase(fast)) === 'first', { what: 'the commit' });
    proxy.blackHole();
    await writing;
    await fast.rename('second');
    expect([await fast.name(), await fast.name()]).toEqual(['second', 'second']);
    proxy.reset();
    proxy.heal();
    await fast.rename('third');
    await until(async () => (await slow.name()) === 'third' && getResultCache(slow.orm).stats().undelivered === 0, {
      what: 'the delivery',
    });
    expect([await fast.name(), await slow.name()]).toEqual(['third', 'third']);
  });

  it('no nonce comes back, whatever is sent again and in whatever order', async () => {
    const store = redisStore({ client: () => new Redis(group.primary.url), prefix: `${randomUUID()}:` });
    onTestFinished(() => store.close());
    const seen = new Set<string>();
    const calls = [() => store.bump(['d'], 'a'), () => store.mark(['d'], 'b', 60_000), () => store.bump(['d'], 'b')];
    for (let round = 0; round < 30; round++) {
      await calls[round % 3]?.();
      await calls[(round * 7) % 3]?.();
      await store.bump(['d'], 'b');
      const [stamp] = await store.stamp(['d']);
      if (stamp?.state === 'set') seen.add(stamp.nonce);
    }
    expect(seen.size).toBe(30);
  });
});

await describeWith('redis', 'Redis after a failover', () => {
  it('race 20: a replica that has not heard of the last bump takes over, and none of its entries counts', async () => {
    await using group = await redis({ replicas: 1 });
    const [dbName, prefix] = [await cityFile(), `${randomUUID()}:`];
    const [replica] = group.replicas;
    const before = await open(dbName, group.primary.url, prefix);
    expect([await before.name(), await before.name(), before.hits()]).toEqual(['old', 'old', 1]);
    await replica.caughtUp();
    await replica.breakReplication();
    await before.rename('new');
    await replica.promote();
    const after = await open(dbName, replica.url, prefix);
    expect([await after.name(), await after.name(), after.hits()]).toEqual(['new', 'new', 1]);
  });
});

await describeWith('redis', 'onUnreachable: refuse', () => {
  it('fails a write before anything is written while Redis is down, and lets it through when Redis is back', async () => {
    await using group = await redis();
    const options = { onUnreachable: 'refuse' } as const;
    const city = await open(await cityFile(), group.primary.url, `${randomUUID()}:`, options);
    expect([await city.name(), await city.name()]).toEqual(['old', 'old']);
    await group.primary.kill();
    await expect(city.rename('new')).rejects.toThrow(/onUnreachable/);
    const flush = city.orm.em.fork().transactional(async em => {
      (await em.findOneOrFail(City, 1)).name = 'new';
    });
    await expect(flush).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
    expect(await city.name()).toBe('old');
    await group.primary.restart();
    await until(() => city.rename('newer').then(() => true), { what: 'a write that is let through' });
    expect([await city.name(), await city.name()]).toEqual(['newer', 'newer']);
  });
});

async function nameInDatabase({ orm }: Process): Promise<string> {
  return (await orm.em.fork().findOneOrFail(City, 1, { cache: false })).name;
}
