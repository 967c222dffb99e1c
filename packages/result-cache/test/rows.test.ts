import { cacheable, getResultCache, resultCache } from '@mikro-kit/result-cache';
import { defineEntity, MikroORM, p, Type, type SqlEntityManager } from '@mikro-orm/sqlite';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { City, cityDatabase, Country, type CityDatabase } from './city-database.ts';

let db: CityDatabase;
beforeEach(async () => void (db = await cityDatabase()));

type Call = (em: SqlEntityManager) => Promise<unknown>;

/** What becomes of an entry when something is written after it was made. */
async function afterWrite(read: Call, write: Call): Promise<unknown> {
  await read(db.orm.em.fork());
  await write(db.orm.em.fork());
  return db.cache.explain(() => read(db.orm.em.fork()));
}

const changed = (dependency: string) => [{ kind: 'miss', because: 'written since', changed: [dependency] }];

async function writeOthers(em: SqlEntityManager): Promise<void> {
  await em.nativeUpdate(City, 2, { name: 'other' });
  await em.nativeUpdate(City, { id: [2, 99] }, { name: 'another' });
  await em.insert(City, { id: em.fork().id + 100, name: 'Cusco', country: 'PE' });
}

async function flushSeveral(em: SqlEntityManager): Promise<void> {
  for (const city of await em.find(City, [1, 2])) city.name += '!';
  for (const country of await em.findAll(Country)) country.name += '!';
  await em.flush();
}

function removeTwin(em: SqlEntityManager): Promise<unknown> {
  return em.execute('delete from city where id = ?', [1]);
}

describe('a read by key', () => {
  const byKey: [string, Call][] = [
    ['findOne', em => em.findOne(City, 3)],
    ['findOne with another condition', em => em.findOne(City, { id: 3, name: { $like: 'L%' } })],
    ['find', em => em.find(City, { id: 3 })],
    ['find of several', em => em.find(City, { id: [1, 3] })],
    ['a QueryBuilder', em => em.qb(City).where({ id: 3 }).getSingleResult()],
    ['a lazy reference', em => em.getReference(City, 3, { wrapped: true }).load()],
  ];

  it.each(byKey)('%s: is still a hit after writes to other rows', async (_how, read) => {
    expect(await afterWrite(read, writeOthers)).toEqual([{ kind: 'hit' }]);
  });

  it('is still a hit after a flush of several other rows in one statement, of its own table or of a parent', async () => {
    expect(await afterWrite(em => em.findOne(City, 3), flushSeveral)).toEqual([{ kind: 'hit' }]);
    expect((await db.orm.em.fork().findOneOrFail(City, 2)).name).toBe('Recife!');
  });

  it.each<[string, Call]>([
    ['nativeUpdate', em => em.nativeUpdate(City, 3, { name: 'Lyra' })],
    [
      'flush',
      async em => {
        (await em.findOneOrFail(City, 3)).name = 'Lyra';
        await em.flush();
      },
    ],
    ['a QueryBuilder', em => em.qb(City).update({ name: 'Lyra' }).where({ id: 3 }).execute()],
    ['a statement with placeholders', em => em.execute('update city set name = ? where id = ?', ['Lyra', '3'])],
  ])('is a miss after a write to its row by %s', async (_how, write) => {
    expect(await afterWrite(em => em.findOne(City, 3), write)).toEqual(changed('row:city:3'));
  });

  it.each<[string, Call]>([
    ['another condition', em => em.nativeUpdate(City, { name: 'Lima' }, { name: 'Lyra' })],
    ['upsert', em => em.upsert(City, { id: 3, name: 'Lyra', country: 'PE' })],
    ['a statement with its values in the text', em => em.execute('update city set name = 1 where id = 3')],
    ['a change of the key', em => em.nativeUpdate(City, 3, { id: 9 })],
    ['nativeDelete, where rows of the table refer to each other', em => em.nativeDelete(City, 3)],
  ])('is a miss after a write whose rows are not known: %s', async (_how, write) => {
    expect(await afterWrite(em => em.findOne(City, 3), write)).toEqual(changed('bulk:city'));
  });

  it('is a miss after a cascade of the database reached its table', async () => {
    expect(await afterWrite(em => em.findOne(City, 2), removeTwin)).toEqual(changed('bulk:city'));
  });

  it('that found nothing, or not all, sees the row as soon as it is there', async () => {
    const count = async (): Promise<number> => (await db.orm.em.fork().find(City, { id: [3, 9] })).length;
    expect([await db.orm.em.fork().findOne(City, 9), await count()]).toEqual([null, 1]);
    await db.orm.em.fork().insert(City, { id: 9, name: 'Cusco', country: 'PE' });
    expect([(await db.orm.em.fork().findOne(City, 9))?.name, await count()]).toEqual(['Cusco', 2]);
  });

  it('sees a row that was deleted and made again', async () => {
    const name = async () => (await db.orm.em.fork().findOne(City, 3))?.name;
    const found = [await name()];
    await db.orm.em.fork().nativeDelete(City, 3);
    found.push(await name());
    await db.orm.em.fork().insert(City, { id: 3, name: 'Cusco', country: 'PE' });
    found.push(await name(), await name());
    expect(found).toEqual(['Lima', undefined, 'Cusco', 'Cusco']);
  });

  it('takes texts that a collation could take for one key for one row', async () => {
    expect(
      await afterWrite(
        em => em.findOne(Country, 'PE'),
        em => em.nativeUpdate(Country, 'pe ', { name: 'x' }),
      ),
    ).toEqual(changed('row:country:pe'));
    expect(
      await afterWrite(
        em => em.findOne(Country, 'PE'),
        em => em.nativeUpdate(Country, 'pé', { name: 'x' }),
      ),
    ).toEqual(changed('bulk:country'));
  });

  it('of two texts that could be one key sees the second row as soon as it is there', async () => {
    const names = async () => (await db.orm.em.fork().find(Country, ['PE', 'pe'])).map(({ name }) => name);
    expect(await names()).toEqual(['Peru']);
    await db.orm.em.fork().insert(Country, { code: 'pe', name: 'peru' });
    expect(await names()).toEqual(['Peru', 'peru']);
  });
});

it('a row that is deleted is the only one whose entries end, where no row of its table refers to it', async () => {
  const read = (code: string) => db.cache.explain(() => db.orm.em.fork().findOne(Country, code));
  await db.orm.em.fork().insert(Country, { code: 'CL', name: 'Chile' });
  await Promise.all([read('BR'), read('CL')]);
  await db.orm.em.fork().nativeDelete(Country, 'CL');
  expect([await read('BR'), await read('CL')]).toEqual([[{ kind: 'hit' }], changed('row:country:cl')]);
});

it('any other read is a miss after any write to its table', async () => {
  for (const read of [
    (em: SqlEntityManager) => em.find(City, { name: 'Lima' }),
    (em: SqlEntityManager) => em.find(City, { $or: [{ id: 3 }, { name: 'Lima' }] }),
    (em: SqlEntityManager) => em.count(City, { id: 3 }),
    (em: SqlEntityManager) => em.find(City, { id: { $gte: 3 } }),
  ]) {
    expect(await afterWrite(read, writeOthers)).toEqual(changed('table:city'));
  }
});

it('invalidate of one row leaves the others alone', async () => {
  const read = (id: number) => db.cache.explain(() => db.orm.em.fork().findOne(City, id));
  await Promise.all([read(1), read(3)]);
  await db.cache.invalidate([City, 3]);
  expect([await read(1), await read(3)]).toEqual([[{ kind: 'hit' }], changed('row:city:3')]);
});

class PrefixedId extends Type<string, string> {
  override convertToDatabaseValue(value: string): string {
    return value.replace('river_', '');
  }

  override convertToJSValue(value: string): string {
    return `river_${value}`;
  }

  override getColumnType(): string {
    return 'varchar(20)';
  }
}

it('invalidate of one row takes its key as the application writes it', async () => {
  const River = defineEntity({ name: 'River', properties: { id: p.type(PrefixedId).$type<string>().primary() } });
  cacheable(River);
  const orm = await MikroORM.init({ dbName: ':memory:', entities: [River], extensions: [resultCache()] });
  onTestFinished(() => orm.close());
  await orm.schema.create();
  await orm.em.fork().insert(River, { id: 'river_1' });
  const cache = getResultCache(orm);
  const read = () => cache.explain(() => orm.em.fork().findOneOrFail(River, 'river_1'));
  await read();
  expect(await read()).toEqual([{ kind: 'hit' }]);
  await cache.invalidate([River, 'river_1']);
  expect(await read()).toEqual(changed('row:river:1'));
});

describe('inheritance', () => {
  const Animal = defineEntity({
    name: 'Animal',
    discriminatorColumn: 'kind',
    properties: { id: p.integer().primary(), kind: p.string(), name: p.string() },
  });
  const Cat = defineEntity({
    name: 'Cat',
    extends: Animal,
    discriminatorValue: 'cat',
    properties: { lives: p.integer() },
  });
  const Dog = defineEntity({ name: 'Dog', extends: Animal, discriminatorValue: 'dog', properties: {} });
  cacheable(Animal);

  it('of one table: classes share its entries and its writes', async () => {
    const orm = await MikroORM.init({ dbName: ':memory:', entities: [Animal, Cat, Dog], extensions: [resultCache()] });
    onTestFinished(() => orm.close());
    await orm.schema.create();
    await orm.em.fork().insert(Cat, { id: 1, kind: 'cat', name: 'Tom', lives: 9 });
    const read = async (): Promise<unknown> => [
      (await orm.em.fork().findOneOrFail(Animal, 1)).name,
      (await orm.em.fork().findOneOrFail(Cat, { name: { $ne: '' } })).lives,
      await orm.em.fork().count(Dog),
    ];
    expect([await read(), await read()]).toEqual([
      ['Tom', 9, 0],
      ['Tom', 9, 0],
    ]);
    expect(getResultCache(orm).stats()).toMatchObject({ hits: 3, misses: 3 });
    await orm.em.fork().nativeUpdate(Animal, 1, { name: 'Kit' });
    await orm.em.fork().nativeUpdate(Cat, 1, { lives: 8 });
    await orm.em.fork().insert(Dog, { id: 2, kind: 'dog', name: 'Rex' });
    expect(await read()).toEqual(['Kit', 8, 1]);
  });
});
