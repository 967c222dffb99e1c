import { isResultCacheError, memoryStore } from '@mikro-kit/result-cache';
import type { SqlEntityManager } from '@mikro-orm/sqlite';
import { beforeEach, describe, expect, it } from 'vitest';

import { City, cityDatabase, Country, Visit, type CityDatabase } from './city-database.ts';

let db: CityDatabase;
let calls: number;
beforeEach(async () => {
  db = await cityDatabase();
  calls = 0;
});

const countCities = async (): Promise<number> => {
  calls++;
  return db.orm.em.fork().count(City, {}, { cache: false });
};

describe('wrap', () => {
  it('keeps what a function resolves with until an entity changes on which it depends', async () => {
    const count = () => db.cache.wrap('cities', countCities, { dependsOn: [City] });
    expect([await count(), await count(), calls]).toEqual([3, 3, 1]);
    await db.orm.em.fork().insert(City, { id: 9, name: 'Cusco', country: 'PE' });
    expect([await count(), await count(), calls]).toEqual([4, 4, 2]);
    await db.orm.em.fork().nativeUpdate(Country, 'PE', { name: 'Perú' });
    expect([await count(), calls]).toEqual([4, 2]);
  });

  it('hears of an entity that is not annotated, too', async () => {
    const count = () => db.cache.wrap('visits', () => db.orm.em.fork().count(Visit), { dependsOn: [Visit] });
    expect([await count(), await count()]).toEqual([0, 0]);
    await db.orm.em.fork().insert(Visit, { id: 1, city: 1, note: '' });
    expect(await count()).toBe(1);
  });

  it('also when its write was under way before the function was wrapped for the first time', async () => {
    const count = () => db.cache.wrap('visits', () => db.orm.em.fork().count(Visit), { dependsOn: ['visit'] });
    const em = db.orm.em.fork();
    await em.begin();
    await em.insert(Visit, { id: 1, city: 1, note: '' });
    await em.rollback();
    expect(await count()).toBe(0);
    await em.begin();
    await em.insert(Visit, { id: 1, city: 1, note: '' });
    await em.commit();
    expect(await count()).toBe(1);
  });

  it('keeps values of one name apart, whatever their types', async () => {
    const values = [1, '1', 1n, null, undefined, [1], { a: 1 }, new Date(1), new Uint8Array([1])];
    for (let round = 0; round < 2; round++) {
      for (const [at, value] of values.entries()) {
        expect(await db.cache.wrap(['of', value], () => `${at}/${round}`)).toBe(`${at}/0`);
      }
    }
  });

  it('goes by what each call says of a key, also when it changes a list that it gave before', async () => {
    const options = { dependsOn: [City] as (typeof City | typeof Country)[], tags: ['geo'] };
    const count = (more: object = {}) => db.cache.wrap('cities', countCities, { ...options, ...more });
    await count();
    await db.orm.em.fork().nativeUpdate(Country, 'PE', { name: 'Perú' });
    await count();
    expect(calls).toBe(1);
    options.dependsOn.push(Country);
    await count();
    await db.orm.em.fork().nativeUpdate(Country, 'PE', { name: 'Peru' });
    await count();
    expect(calls).toBe(3);
    options.tags[0] = 'world';
    await count();
    await db.cache.invalidate({ tag: 'world' });
    await count();
    expect(calls).toBe(5);
    await count({ expiration: 0 });
    await count({ expiration: 0 });
    expect(calls).toBe(5);
    await db.cache.invalidate('cities');
    await count({ expiration: 0 });
    await count({ expiration: 0 });
    expect(calls).toBe(7);
  });

  it('gives every value back as it was, as a copy of its own', async () => {
    const value = {
      n: 9_007_199_254_740_993n,
      at: new Date(1),
      bytes: Buffer.from([1]),
      of: new Map([[1, new Set('a')]]),
    };
    const read = () => db.cache.wrap('rich', () => ({ ...value, list: [0, null, undefined] }));
    await read();
    const hit = await read();
    expect(hit).toStrictEqual({ ...value, list: [0, null, undefined] });
    hit.at.setFullYear(1);
    hit.bytes.fill(9);
    expect(await read()).toStrictEqual({ ...value, list: [0, null, undefined] });
  });

  it.each([null, 0, '', [], false, undefined])('takes %j for a result', async nothing => {
    const read = () => db.cache.wrap('nothing', () => (calls++, nothing));
    expect([await read(), await read(), calls]).toEqual([nothing, nothing, 1]);
  });

  it('gives back what is too deep to be kept', async () => {
    let deep: unknown[] = [];
    for (let depth = 0; depth < 200_000; depth++) deep = [deep];
    expect(await db.cache.wrap('deep', () => deep)).toBe(deep);
    expect(db.cache.stats().bypassed).toEqual({ 'rows not encodable': 1 });
  });

  it('passes an error on and keeps nothing', async () => {
    await expect(db.cache.wrap('fails', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await db.cache.wrap('fails', () => 'yes')).toBe('yes');
  });

  it('does not keep what is made inside a transaction, nor entities', async () => {
    await db.orm.em.fork().transactional(em => db.cache.wrap('tx', () => em.count(City)));
    expect([await db.cache.wrap('tx', countCities), calls]).toEqual([3, 1]);
    const entity = () => db.cache.wrap('entity', () => db.orm.em.fork().findOneOrFail(City, 1));
    expect([(await entity()).name, (await entity()).name]).toEqual(['Brasilia', 'Brasilia']);
    expect(db.cache.stats().bypassed).toMatchObject({ 'rows not encodable': 2 });
  });

  it('does not keep what a function reads in a transaction that it is not part of', async () => {
    const em = db.orm.em.fork();
    await em.begin();
    await em.insert(City, { id: 9, name: 'lost', country: 'PE' });
    expect(await db.cache.wrap('begun', () => em.count(City))).toBe(4);
    await em.rollback();
    expect(await db.cache.wrap('begun', countCities)).toBe(3);
  });

  it.each<[string, (em: SqlEntityManager) => Promise<string>]>([
    ['find', async em => (await em.find(City, { id: 3 })).map(({ name }) => name).join()],
    ['findOne', async em => (await em.findOneOrFail(City, 3)).name],
    ['a QueryBuilder', async em => (await em.createQueryBuilder(City).where({ id: 3 }).getSingleResult())?.name ?? ''],
  ])('does not keep what an EntityManager has loaded before: %s', async (_how, nameFrom) => {
    const em = db.orm.em.fork();
    await em.findOneOrFail(Country, 'PE');
    const name = (by: SqlEntityManager) => db.cache.wrap('name', () => nameFrom(by), { dependsOn: [City] });
    expect(await name(em)).toBe('Lima');
    await db.orm.em.fork().nativeUpdate(City, 3, { name: 'new' });
    await name(em);
    expect(db.cache.stats()).toMatchObject({ bypassed: { 'loaded before': 1 } });
    expect([await name(db.orm.em.fork()), await name(em)]).toEqual(['new', 'new']);
  });

  it('is dropped by name, by tag and by clearCache', async () => {
    const read = () => db.cache.wrap(['named', 1], () => ++calls, { tags: ['t'] });
    expect([await read(), await read()]).toEqual([1, 1]);
    await db.cache.invalidate('named');
    expect(await read()).toBe(2);
    await db.cache.invalidate({ tag: 't' });
    expect(await read()).toBe(3);
    await db.orm.em.fork().clearCache('named');
    expect(await read()).toBe(4);
    await db.cache.invalidate('other');
    expect(await read()).toBe(4);
  });

  it('refuses a key without an exact text, what is not mapped, and what a shared store would not hear of', async () => {
    expect(await codeOf(db.cache.wrap(['k', () => 1], () => 1))).toBe('NO_KEY');
    expect(await codeOf(db.cache.wrap('k', () => 1, { dependsOn: [Date] }))).toBe('NOT_MAPPED');
    const shared = await cityDatabase({ store: { ...memoryStore(), isLocal: false } });
    expect(await codeOf(shared.cache.wrap('k', () => 1, { dependsOn: [Visit] }))).toBe('NOT_WATCHED');
  });
});

function codeOf(call: Promise<unknown>): Promise<unknown> {
  return call.catch((error: unknown) => isResultCacheError(error) && error.code);
}
