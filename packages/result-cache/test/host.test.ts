import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { cacheable, getResultCache, isResultCacheError, resultCache } from '@mikro-kit/result-cache';
import { MikroORM, type SqliteDriver, SqlEntityManager } from '@mikro-orm/sqlite';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import { City, cityDatabase, Country, Visit } from './city-database.ts';

describe('the host', () => {
  it('keeps an EntityManager class of the application', async () => {
    class OwnEntityManager extends SqlEntityManager<SqliteDriver> {
      override getContext(validate?: boolean): this {
        asked++;
        return super.getContext(validate);
      }
    }
    let asked = 0;
    const db = await cityDatabase({}, { entityManager: OwnEntityManager });
    const em = db.orm.em.fork();
    await em.find(City, {});
    await em.find(City, {});
    expect(em).toBeInstanceOf(OwnEntityManager);
    expect(asked).toBeGreaterThan(0);
    expect(db.cache.stats()).toMatchObject({ hits: 1, misses: 1 });
  });

  it('keeps its own result cache for entities that are not annotated', async () => {
    const db = await cityDatabase();
    const read = () => db.orm.em.fork().count(Visit, {}, { cache: 60_000 });
    expect(await read()).toBe(0);
    await db.orm.em.fork().insert(Visit, { id: 1, city: 1, note: '' });
    expect(await read()).toBe(0);
    expect(db.cache.stats()).toMatchObject({ hits: 0, misses: 0 });
  });

  it('keeps each of its words for entities that are not annotated', async () => {
    const db = await cityDatabase({}, { resultCache: { expiration: 60_000 } });
    const add = (id: number) => db.orm.em.fork().insert(Visit, { id, city: 1, note: '' });
    const sizes = async (cache: boolean | number | [string, number]): Promise<number[]> => [
      (await db.orm.em.fork().find(Visit, {}, { cache })).length,
      await db.orm.em.fork().count(Visit, { id: { $gt: 0 } }, { cache }),
      (
        await db.orm.em
          .fork()
          .qb(Visit)
          .where({ id: { $gt: 0 } })
          .cache(cache)
          .execute()
      ).length,
    ];
    expect(await sizes(true)).toEqual([0, 0, 0]);
    await add(1);
    expect(await sizes(true)).toEqual([0, 0, 0]);
    expect(await sizes(false)).toEqual([1, 1, 1]);
    const named = () => db.orm.em.fork().find(Visit, {}, { cache: ['visits', 60_000] });
    expect(await named()).toHaveLength(1);
    await add(2);
    expect(await named()).toHaveLength(1);
    await db.orm.em.fork().clearCache('visits');
    expect(await named()).toHaveLength(2);
    const short = () => db.orm.em.fork().count(Visit, {}, { cache: 10 });
    expect(await short()).toBe(2);
    await add(3);
    await vi.waitUntil(async () => (await short()) === 3);
    expect(db.cache.stats()).toMatchObject({ hits: 0, misses: 0, bypassed: {} });
  });

  it('does not answer annotated entities from its own, global one', async () => {
    const db = await cityDatabase({}, { resultCache: { global: 60_000 } });
    const em = db.orm.em.fork();
    const lima = await em.findOneOrFail(City, 3, { populate: ['country'], strategy: 'select-in' });
    await db.orm.em.fork().execute(`update city set name = 'new' where id = 3`);
    await em.refresh(lima);
    expect(lima.name).toBe('new');
    const read = () => db.orm.em.fork().findOneOrFail(City, 3, { cache: false });
    expect((await read()).name).toBe('new');
    await db.orm.em.fork().execute(`update city set name = 'newer' where id = 3`);
    expect((await read()).name).toBe('newer');
  });

  it('reconnects to another database, of which nothing was read yet', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const other = await cityDatabase({}, { dbName: join(folder, 'other.sqlite') });
    await other.orm.em.fork().execute(`update city set name = 'other' where id = 3`);
    const db = await cityDatabase({}, { dbName: join(folder, 'one.sqlite') });
    const nameOf = async () => (await db.orm.em.fork().findOneOrFail(City, 3)).name;
    expect(await nameOf()).toBe('Lima');
    await db.orm.reconnect({ dbName: join(folder, 'other.sqlite') });
    expect(await nameOf()).toBe('other');
  });
});

it('reads anew what has expired', async () => {
  const db = await cityDatabase();
  const read = () => db.orm.em.fork().find(Country, {}, { cache: 10 });
  await read();
  await vi.waitUntil(async () => (await read()) && db.cache.stats().misses > 1);
  expect(db.cache.stats().fills).toBe(2);
  expect(db.cache.stats().bumps).toBeGreaterThan(0);
});

describe('a mistake is told by its code', () => {
  it('when the cache is not registered', async () => {
    const orm = await MikroORM.init({ dbName: ':memory:', entities: [Country] });
    onTestFinished(() => orm.close());
    expect(codeOf(() => getResultCache(orm))).toBe('NOT_REGISTERED');
  });

  it('when what is annotated has no class, or a duration is not one', () => {
    expect(codeOf(() => cacheable(Object.create(null)))).toBe('NOT_AN_ENTITY');
    expect(codeOf(() => cacheable(URL, { expiration: 0 }))).toBe('INVALID_OPTION');
    expect(codeOf(() => resultCache({ expiration: NaN }))).toBe('INVALID_OPTION');
    expect(codeOf(() => resultCache({ holdMs: -1 }))).toBe('INVALID_OPTION');
  });

  it('when what is invalidated is not mapped', async () => {
    const { cache } = await cityDatabase();
    await expect((async () => cache.invalidate(URL))()).rejects.toMatchObject({ code: 'NOT_MAPPED' });
  });
});

function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    return isResultCacheError(error) ? error.code : String(error);
  }
  return undefined;
}
