import { memoryStore } from '@mikro-kit/result-cache';
import { chaosStore } from '@mikro-kit/result-cache/conformance';
import { isStatementRefused } from '@mikro-kit/statement-tap';
import { type EntityManager, ObjectId } from '@mikro-orm/mongodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { describeWith, mongodb, type MongoGroup } from '../servers/index.ts';
import { City, Country, mongoCities, peru, Visit, type MongoCities } from './mongo/cities.ts';

type Call = (em: EntityManager) => Promise<unknown>;

const findPeru: Call = em => em.findOne(Country, peru);

const changed = (dependency: string) => [{ kind: 'miss', because: 'written since', changed: [dependency] }];

await describeWith('mongodb', 'writes on MongoDB', () => {
  let servers: MongoGroup<1>;
  let db: MongoCities;
  beforeAll(async () => void (servers = await mongodb({ secondaries: 1 })));
  afterAll(() => servers?.stop());
  beforeEach(async () => void (db = await mongoCities(servers)));

  /** What becomes of an entry when something is written after it was made. */
  async function afterWrite(read: Call, write: Call): Promise<unknown> {
    await read(db.em());
    await write(db.em());
    return db.cache.explain(() => read(db.em()));
  }

  describe('a read by `_id`', () => {
    it.each<[string, Call]>([
      ['findOne', em => em.findOne(City, 3)],
      ['findOne with another condition', em => em.findOne(City, { _id: 3, name: /^L/ })],
      ['find of several', em => em.find(City, { _id: [1, 3] })],
      ['find with a condition of a filter', em => em.find(City, { _id: 3 }, { filters: { of: { country: peru } } })],
      ['a lazy reference', em => em.getReference(City, 3, { wrapped: true }).load()],
    ])('%s: is still a hit after writes to other documents', async (_how, read) => {
      expect(await afterWrite(read, writeOthers)).toEqual([{ kind: 'hit' }]);
    });

    it.each<[string, Call]>([
      ['nativeUpdate', em => em.nativeUpdate(City, 3, { name: 'Lyra' })],
      ['upsert', em => em.upsert(City, { _id: 3, name: 'Lyra', country: peru, parks: [] })],
      ['nativeDelete', em => em.nativeDelete(City, 3)],
      [
        'flush',
        async em => {
          (await em.findOneOrFail(City, 3)).name = 'Lyra';
          await em.flush();
        },
      ],
      ['flush of several', em => renameAll(em)],
      ['a transaction', em => em.transactional(inner => inner.nativeUpdate(City, 3, { name: 'Lyra' }))],
    ])('is a miss after a write to its document by %s', async (_how, write) => {
      expect(await afterWrite(em => em.findOne(City, 3), write)).toEqual(changed('row:city:3'));
    });

    it.each<[string, Call]>([
      ['another condition', em => em.nativeUpdate(City, { name: 'Lima' }, { name: 'Lyra' })],
      ['the native collection', em => em.getCollection(City).updateOne({ name: 'Lima' }, { $set: { name: 'x' } })],
    ])('is a miss after a write whose documents are not known: %s', async (_how, write) => {
      expect(await afterWrite(em => em.findOne(City, 3), write)).toEqual(changed('bulk:city'));
    });

    it('knows an ObjectId by its value', async () => {
      const other = new ObjectId();
      await db.em().insert(Country, { _id: other, name: 'Chile' });
      expect(await afterWrite(findPeru, em => em.nativeUpdate(Country, other, { name: 'x' }))).toEqual([
        { kind: 'hit' },
      ]);
      expect(
        await afterWrite(findPeru, em =>
          em.nativeUpdate(Country, { _id: { $in: [new ObjectId(peru.id)] } }, { name: 'x' }),
        ),
      ).toEqual(changed(`row:country:oid ${peru.toHexString()}`));
    });

    it('that found nothing, or not all, sees the document as soon as it is there', async () => {
      const count = async (): Promise<number> => (await db.em().find(City, { _id: [3, 9] })).length;
      expect([await db.em().findOne(City, 9), await count()]).toEqual([null, 1]);
      await db.em().insert(City, { _id: 9, name: 'Cusco', country: peru, parks: [] });
      expect([(await db.em().findOne(City, 9))?.name, await count()]).toEqual(['Cusco', 2]);
      await db.em().nativeDelete(City, 9);
      expect([await db.em().findOne(City, 9), await count()]).toEqual([null, 1]);
    });
  });

  it('any other read is a miss after any write to its collection', async () => {
    for (const read of [
      (em: EntityManager) => em.find(City, { name: 'Lima' }),
      (em: EntityManager) => em.count(City, { _id: 3 }),
      (em: EntityManager) => em.find(City, { $or: [{ _id: 3 }, { name: 'Lima' }] }),
      (em: EntityManager) => em.aggregate(City, [{ $match: { _id: 3 } }]),
    ]) {
      expect(await afterWrite(read, em => em.nativeUpdate(City, 2, { name: 'x' }))).toEqual(changed('table:city'));
    }
  });

  it.each<[string, Call, unknown]>([
    ['another collection', em => em.getCollection('logs').insertOne({ text: '' }), [{ kind: 'hit' }]],
    ['an entity that is not reached', em => em.insert(Visit, { _id: 1, city: 1 }), [{ kind: 'hit' }]],
    ['a question about the server', em => em.getConnection().getDb().command({ ping: 1 }), [{ kind: 'hit' }]],
    ['a new index', em => em.getCollection(City).createIndex({ name: 1 }), [{ kind: 'hit' }]],
    ['a collection that is dropped', em => em.getCollection('city').drop(), changed('all')],
  ])('%s leaves an entry as it is, or renews everything', async (_what, write, expected) => {
    expect(await afterWrite(em => em.find(City, {}), write)).toEqual(expected);
  });

  it('a pipeline that writes renews what it writes', async () => {
    const merge = { into: 'city', on: '_id', whenMatched: 'merge' };
    const write: Call = em => em.aggregate(City, [{ $match: { _id: 3 } }, { $set: { name: 'x' } }, { $merge: merge }]);
    const outcome = await afterWrite(
      em => em.find(City, {}),
      em => write(em).catch(() => undefined),
    );
    expect(outcome).toEqual(changed('table:city'));
  });

  it('a write fails before it is made when the store cannot be told, if that is wanted', async () => {
    const store = chaosStore(memoryStore());
    const careful = await db.open({ store, onUnreachable: 'refuse' });
    store.disturb('fails', ['mark']);
    const refused = await careful
      .em()
      .nativeUpdate(City, 3, { name: 'x' })
      .catch((error: unknown) => error);
    expect(isStatementRefused(refused)).toBe(true);
    expect((await db.em().findOneOrFail(City, 3)).name).toBe('Lima');
  });

  it('entries are filled from the primary, although the client prefers a secondary that lags', async () => {
    const [secondary] = servers.replicas;
    await secondary.caughtUp();
    const reader = await db.open({}, { driverOptions: { readPreference: 'secondary' } });
    const name = async (options = {}): Promise<string> => (await reader.em().findOneOrFail(City, 3, options)).name;
    await secondary.lag(600_000);
    await reader.em().nativeUpdate(City, 3, { name: 'new' });
    expect([await name(), await name(), await name({ cache: false })]).toEqual(['new', 'new', 'Lima']);
    expect(reader.cache.stats()).toMatchObject({ hits: 1, misses: 1 });
  });
});

async function renameAll(em: EntityManager): Promise<void> {
  for (const city of await em.find(City, { _id: [2, 3] })) city.name = 'Lyra';
  await em.flush();
}

async function writeOthers(em: EntityManager): Promise<void> {
  await em.nativeUpdate(City, 2, { name: 'other' });
  await em.nativeUpdate(City, { _id: [2, 99] }, { name: 'another' });
  await em.insert(City, { _id: 100, name: 'Cusco', country: peru, parks: [] });
  await em.upsert(City, { _id: 100, name: 'Cuzco', country: peru, parks: [] });
  await em.upsertMany(City, [{ _id: 101, name: 'Arequipa', country: peru, parks: [] }]);
  await em.getCollection('city').insertOne({ name: 'nowhere' });
  await em.nativeDelete(City, 100);
}
