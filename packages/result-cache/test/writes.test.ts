import { raw, type SqlEntityManager } from '@mikro-orm/sqlite';
import { beforeEach, describe, expect, it } from 'vitest';

import { City, cityDatabase, Country, Tag, Visit, type CityDatabase } from './city-database.ts';

let db: CityDatabase;
beforeEach(async () => void (db = await cityDatabase()));

const names = async (): Promise<string[]> =>
  (await db.orm.em.fork().find(City, {}, { orderBy: { id: 'asc' } })).map(({ name }) => name);

function renameCountry(em: SqlEntityManager): Promise<unknown> {
  return em.nativeUpdate(Country, 'PE', { name: 'Perú' });
}

/** Reads, so that there is an entry; writes; reads again, and tells what came from where. */
async function after(
  write: (em: SqlEntityManager) => Promise<unknown>,
): Promise<{ names: string[]; statements: string[] }> {
  await names();
  await write(db.orm.em.fork());
  let found: string[] = [];
  const statements = await db.statements(async () => (found = await names()));
  return { names: found, statements };
}

describe('a read after a write sees it, whether written by', () => {
  it.each<[string, (em: SqlEntityManager) => Promise<unknown>]>([
    [
      'flush of a change',
      async em => {
        (await em.findOneOrFail(City, 3)).name = 'new';
        await em.flush();
      },
    ],
    [
      'flush in a transaction',
      em =>
        em.transactional(async inner => {
          (await inner.findOneOrFail(City, 3)).name = 'new';
        }),
    ],
    [
      'begin and commit',
      async em => {
        await em.begin();
        await em.nativeUpdate(City, 3, { name: 'new' });
        await em.commit();
      },
    ],
    ['nativeUpdate', em => em.nativeUpdate(City, 3, { name: 'new' })],
    ['upsert', em => em.upsert(City, { id: 3, name: 'new', country: 'PE' })],
    ['upsertMany', em => em.upsertMany(City, [{ id: 3, name: 'new', country: 'PE' }])],
    ['a QueryBuilder', em => em.createQueryBuilder(City).update({ name: 'new' }).where({ id: 3 }).execute()],
    [
      'the same QueryBuilder update for the second time',
      async em => {
        await em.createQueryBuilder(City).update({ name: 'new' }).where({ id: 3 }).execute();
        await em.nativeUpdate(City, 3, { name: 'other' });
        await names();
        await em.createQueryBuilder(City).update({ name: 'new' }).where({ id: 3 }).execute();
      },
    ],
    ['em.execute', em => em.execute(`update city set name = 'new' where id = 3`)],
    [
      'a common table expression',
      em => em.execute(`with x as (select 3 as id) update city set name = 'new' where id in (select id from x)`),
    ],
    [
      'Kysely',
      em =>
        em
          .getKysely<{ city: { id: number; name: string } }>()
          .updateTable('city')
          .set({ name: 'new' })
          .where('id', '=', 3)
          .execute(),
    ],
    [
      'a Kysely transaction',
      em =>
        em
          .getKysely<{ city: { id: number; name: string } }>()
          .transaction()
          .execute(trx => trx.updateTable('city').set({ name: 'new' }).where('id', '=', 3).execute()),
    ],
    [
      'a transaction begun as text',
      async em => {
        await em.execute('begin');
        await em.execute(`update city set name = 'new' where id = 3`);
        await names();
        await em.execute('commit');
      },
    ],
    [
      'a released savepoint',
      em => em.transactional(outer => outer.transactional(inner => inner.nativeUpdate(City, 3, { name: 'new' }))),
    ],
  ])('%s', async (_how, write) => {
    const { names: found, statements } = await after(write);
    expect(found).toEqual(['Brasilia', 'Recife', 'new']);
    expect(statements).toHaveLength(1);
  });

  it('a statement that fails half way', async () => {
    await names();
    const em = db.orm.em.fork();
    await expect(em.execute('update city set name = missing_function(name)')).rejects.toThrow(/missing_function/);
    expect(await names()).toEqual(['Brasilia', 'Recife', 'Lima']);
  });

  it('a cascade of the database', async () => {
    const tagged = () => db.orm.em.fork().count(City, { tags: [1] });
    expect(await db.statements(tagged)).toEqual([expect.not.stringContaining('`tag`')]);
    expect(await tagged()).toBe(2);
    await db.orm.em.fork().execute('delete from tag where id = 1');
    expect(await tagged()).toBe(0);
  });

  it('a change of a collection alone', async () => {
    const tags = async (): Promise<string[]> => {
      const city = await db.orm.em.fork().findOneOrFail(City, 1, { populate: ['tags'], strategy: 'select-in' });
      return city.tags.getItems().map(({ label }) => label);
    };
    expect(await tags()).toEqual(['capital']);
    const em = db.orm.em.fork();
    const city = await em.findOneOrFail(City, 1, { populate: ['tags'] });
    city.tags.removeAll();
    await em.flush();
    expect(await tags()).toEqual([]);
  });
});

describe('a read depends on every table that it touches', () => {
  it.each<[string, (em: SqlEntityManager) => Promise<unknown>]>([
    ['of a where', em => em.find(City, { country: { name: 'Peru' } })],
    ['of an ordering', em => em.find(City, {}, { orderBy: { country: { name: 'asc' } } })],
    ['joined by populate', em => em.find(City, {}, { populate: ['country'], strategy: 'joined' })],
    ['loaded by populate', em => em.find(City, {}, { populate: ['country'], strategy: 'select-in' })],
    ['of a raw fragment', em => em.find(City, { [raw('(select count(*) from country where name = ?)', ['Peru'])]: 1 })],
    ['of a count', em => em.count(City, { country: { name: 'Peru' } })],
  ])('%s', async (_which, read) => {
    await read(db.orm.em.fork());
    expect(await db.statements(() => read(db.orm.em.fork()))).toEqual([]);
    await renameCountry(db.orm.em.fork());
    expect((await db.statements(() => read(db.orm.em.fork()))).length).toBeGreaterThan(0);
  });

  it('and on no other', async () => {
    await names();
    const em = db.orm.em.fork();
    em.create(Visit, { id: 1, city: 1, note: 'not reachable' });
    em.create(Tag, { id: 7, label: 'reachable' });
    em.create(Country, { code: 'CL', name: 'Chile' });
    await em.flush();
    await renameCountry(em);
    expect(await db.statements(names)).toEqual([]);
  });
});

describe('everything is loaded anew after', () => {
  it.each([
    ['a write to a table that no entity is mapped to', 'insert into ledger values (1)'],
    ['a schema change', 'create table other (id int)'],
    ['several statements in one text of which one cannot be told', 'vacuum; frobnicate'],
  ])('%s', async (_what, sql) => {
    await db.orm.em.fork().execute('create table ledger (id int)');
    const { statements } = await after(async em => void (await em.execute(sql).catch(() => undefined)));
    expect(statements).toHaveLength(1);
  });
});

describe('a transaction', () => {
  it('reads its own writes, and nobody else does before the commit', async () => {
    await names();
    await db.orm.em.fork().transactional(async em => {
      await em.nativeUpdate(City, 3, { name: 'own' });
      expect((await em.findOneOrFail(City, 3)).name).toBe('own');
    });
    expect(db.cache.stats().bypassed).toEqual({ transaction: 1 });
    expect(await names()).toContain('own');
  });

  it('that rolls back leaves entries as they were, and none of its own', async () => {
    await names();
    const lost = db.orm.em.fork().transactional(async em => {
      await em.nativeUpdate(City, 3, { name: 'lost' });
      await em.find(City, {}, { orderBy: { id: 'asc' } });
      throw new Error('no');
    });
    await expect(lost).rejects.toThrow('no');
    expect(await db.statements(names)).toEqual([]);
    expect(await names()).toContain('Lima');
  });

  it('whose rows were read between begin and rollback, both sent as text, leaves none of them behind', async () => {
    const em = db.orm.em.fork();
    await em.execute('begin');
    await em.execute(`update city set name = 'lost' where id = 3`);
    expect(await names()).toContain('lost');
    await em.execute('rollback');
    expect(await names()).toContain('Lima');
  });

  it('whose rows were read before it went back to a savepoint, all sent as text, leaves none of them behind', async () => {
    const em = db.orm.em.fork();
    await em.execute('begin');
    await em.execute('savepoint before');
    await em.execute(`update city set name = 'lost' where id = 3`);
    expect(await names()).toContain('lost');
    await em.execute('rollback to before');
    expect(await names()).toContain('Lima');
    await em.execute('commit');
    expect(await names()).toContain('Lima');
  });
});

describe('invalidate and clear', () => {
  it('drop the entries of an entity, of a tag, or all', async () => {
    const { cache } = db;
    for (const drop of [() => cache.invalidate(City), () => cache.invalidate({ tag: 'geo' }), () => cache.clear()]) {
      await names();
      expect(await db.statements(names)).toEqual([]);
      await drop();
      expect(await db.statements(names)).toHaveLength(1);
    }
  });

  it('leave other entities alone', async () => {
    await names();
    await db.cache.invalidate(Country);
    await db.cache.invalidate({ tag: 'other' });
    expect(await db.statements(names)).toEqual([]);
  });
});

it('is off while `enabled` is false, and right when it is turned on again', async () => {
  await names();
  db.cache.enabled = false;
  expect(await db.statements(names)).toHaveLength(1);
  await db.orm.em.fork().nativeUpdate(City, 3, { name: 'new' });
  db.cache.enabled = true;
  expect(await names()).toContain('new');
  expect(db.cache.stats().bypassed).toEqual({ disabled: 1 });
});

it('keeps two ORMs apart', async () => {
  const other = await cityDatabase();
  await names();
  await db.orm.em.fork().nativeUpdate(City, 3, { name: 'new' });
  expect((await other.orm.em.fork().findOneOrFail(City, 3)).name).toBe('Lima');
  expect(other.cache.stats()).toMatchObject({ hits: 0, misses: 1 });
});

it('explains what it does with each statement of a call', async () => {
  const em = db.orm.em.fork();
  const read = () => db.orm.em.fork().find(City, {}, { populate: ['country'], strategy: 'select-in' });
  expect(await db.cache.explain(read)).toEqual([
    { kind: 'miss', because: 'no entry' },
    { kind: 'miss', because: 'no entry' },
  ]);
  expect(await db.cache.explain(read)).toEqual([{ kind: 'hit' }, { kind: 'hit' }]);
  expect(await db.cache.explain(() => em.find(City, {}, { cache: false }))).toEqual([
    { kind: 'bypass', reason: 'cache: false' },
  ]);
  expect(await db.cache.explain(() => em.find(Visit, {}))).toEqual([]);
});
