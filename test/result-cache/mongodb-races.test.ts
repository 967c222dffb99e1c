import { memoryStore } from '@mikro-kit/result-cache';
import type { EntityManager } from '@mikro-orm/mongodb';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import { describeWith, mongodb, until, type MongoGroup } from '../servers/index.ts';
import { Cat, City, Country, mongoCities, peru, Tag, type MongoCities } from './mongo/cities.ts';
import { gatedStore, type GatedStore } from './races/gated-store.ts';

/** One process, with its own view of the shared store. */
interface Process extends MongoCities {
  readonly store: GatedStore;
  /** The name of city 3, by another condition than its key. */
  name(): Promise<string>;
}

// Those of SQL that are not here: 6 and 8 need snapshots and tiers that are the same code there; 15 has no cascades here.
await describeWith('mongodb', 'races on MongoDB', () => {
  let servers: MongoGroup<0>;
  let open: (options?: object) => Promise<Process>;
  let one: Process;
  let other: Process;
  beforeAll(async () => void (servers = await mongodb()));
  afterAll(() => servers?.stop());
  beforeEach(async () => {
    const shared = memoryStore();
    const database = await mongoCities(servers, { store: gatedStore(shared) });
    open = async options => {
      const store = gatedStore(shared);
      const cities = await database.open({ store, ...options });
      const name = async (): Promise<string> =>
        (await cities.em().findOneOrFail(City, { _id: { $gte: 3 }, name: { $ne: '' } })).name;
      return { ...cities, store, name };
    };
    [one, other] = [await open(), await open()];
  });

  const rename = (process: Process, name: string): Promise<unknown> => process.em().nativeUpdate(City, 3, { name });

  it('race 1: a reader loads old documents, a writer writes and bumps, the reader stores', async () => {
    const gate = one.store.stop('write');
    const reader = one.name();
    await gate.reached;
    await rename(other, 'new');
    gate.go();
    expect([await reader, await one.name(), await other.name()]).toEqual(['Lima', 'new', 'new']);
  });

  it('race 1: a reader takes its stamps, a writer writes and bumps, the reader loads and stores', async () => {
    const gate = one.store.stop('stamp');
    const reader = one.name();
    await gate.reached;
    await rename(other, 'new');
    gate.go();
    expect([await reader, await one.name(), await other.name()]).toEqual(['new', 'new', 'new']);
  });

  it.each<[string, (process: Process) => Promise<unknown>]>([
    ['a write of its own', process => rename(process, 'new')],
    [
      'the first write of a transaction',
      process => process.em().transactional(em => em.nativeUpdate(City, 3, { name: 'new' })),
    ],
    [
      'a write of the native collection in a transaction',
      process =>
        process.em().transactional(em => {
          const session = em.getTransactionContext();
          return em.getCollection(City).updateOne({ _id: 3 }, { $set: { name: 'new' } }, session ? { session } : {});
        }),
    ],
  ])('race 2: a reader comes after the mark and before the end of %s', async (_how, write) => {
    await one.name();
    const [mark, bump] = [other.store.stop('mark'), other.store.stop('bump')];
    const writer = write(other);
    await mark.reached;
    expect(await one.name()).toBe('Lima');
    mark.go();
    await bump.reached;
    const found = await one.cache.explain(async () => expect(await one.name()).toBe('new'));
    expect(found).toEqual([{ kind: 'bypass', reason: 'write in flight' }]);
    bump.go();
    await writer;
    expect([await one.name(), await other.name()]).toEqual(['new', 'new']);
  });

  it('race 2: a transaction is open for long, and others read what was there before it', async () => {
    const em = one.em();
    await em.begin();
    await em.nativeUpdate(City, 3, { name: 'new' });
    expect([await other.name(), await one.name()]).toEqual(['Lima', 'Lima']);
    await em.commit();
    expect([await other.name(), await one.name()]).toEqual(['new', 'new']);
  });

  it('race 3: a writer dies between its write and its bump', async () => {
    const dying = await open({ holdMs: 300, storeDeadlineMs: 50 });
    expect([await one.name(), await one.name()]).toEqual(['Lima', 'Lima']);
    const gate = dying.store.stop('bump');
    const lost = rename(dying, 'new');
    await gate.reached;
    dying.store.die();
    expect(await one.name()).toBe('new');
    await until(async () => (await one.name()) === 'new' && one.cache.stats().hits > 1, { what: 'the hold to lapse' });
    gate.go();
    await lost;
  });

  it('race 4: a transaction is rolled back', async () => {
    await one.name();
    const { bumps } = one.cache.stats();
    const em = one.em();
    await em.begin();
    await em.nativeUpdate(City, 3, { name: 'lost' });
    await em.rollback();
    expect(one.cache.stats().bumps).toBe(bumps);
    expect(await one.cache.explain(() => one.name())).toEqual([{ kind: 'hit' }]);
  });

  it('race 4: a transaction that only read, or did nothing, renews nothing', async () => {
    await one.name();
    await one.em().transactional(em => em.find(City, {}));
    await one.em().transactional(async () => {});
    expect(await other.cache.explain(() => other.name())).toEqual([{ kind: 'hit' }]);
  });

  it('race 5: a transaction reads its own documents before it is rolled back', async () => {
    await one
      .em()
      .transactional(async em => {
        await em.nativeUpdate(City, 3, { name: 'lost' });
        await em.findOneOrFail(City, { _id: { $gte: 3 }, name: { $ne: '' } });
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    expect([await one.name(), await one.name(), await other.name()]).toEqual(['Lima', 'Lima', 'Lima']);
  });

  it('race 10: a reader that starts after a write is not answered by a load that began before it', async () => {
    const gate = one.store.stop('write');
    const early = one.name();
    await gate.reached;
    await rename(one, 'new');
    const late = one.name();
    gate.go();
    expect([await early, await late]).toEqual(['Lima', 'new']);
  });

  it.each<[string, (em: EntityManager) => Promise<unknown>]>([
    ['nativeUpdate', em => em.nativeUpdate(City, { name: 'Lima' }, { name: 'new' })],
    ['upsert', em => em.upsert(City, { _id: 3, name: 'new', country: peru, parks: [] })],
    ['upsertMany', em => em.upsertMany(City, [{ _id: 3, name: 'new', country: peru, parks: [] }])],
    ['the native collection', em => em.getCollection(City).updateOne({ name: 'Lima' }, { $set: { name: 'new' } })],
    [
      'a native replacement',
      em => em.getCollection<{ _id: number }>('city').replaceOne({ _id: 3 }, { name: 'new', country: peru }),
    ],
    ['findOneAndUpdate', em => em.getCollection(City).findOneAndUpdate({ _id: 3 }, { $set: { name: 'new' } })],
    [
      'a native bulk',
      em =>
        em.getCollection(City).bulkWrite([{ updateOne: { filter: { _id: 3 }, update: { $set: { name: 'new' } } } }]),
    ],
    [
      'a native transaction',
      em =>
        em
          .getConnection()
          .getClient()
          .withSession(session =>
            session.withTransaction(() =>
              em.getCollection(City).updateOne({ _id: 3 }, { $set: { name: 'new' } }, { session }),
            ),
          ),
    ],
  ])('race 11: a write that the unit of work does not see, by %s', async (_how, write) => {
    expect([await one.name(), await other.name()]).toEqual(['Lima', 'Lima']);
    await write(one.em());
    expect([await one.name(), await other.name()]).toEqual(['new', 'new']);
  });

  it('race 12: what is populated and looked up changes', async () => {
    const read = populatedAndLookedUp;
    expect([await read(one), await read(other)]).toEqual([
      ['Peru', 'Peru'],
      ['Peru', 'Peru'],
    ]);
    await one.em().nativeUpdate(Country, peru, { name: 'new' });
    expect([await read(one), await read(other)]).toEqual([
      ['new', 'new'],
      ['new', 'new'],
    ]);
  });

  it('race 13: only a collection changes, from either of its sides', async () => {
    const read = tagged;
    expect([await read(one), await read(other)]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    const em = one.em();
    const city = await em.findOneOrFail(City, 1, { populate: ['tags'] });
    city.tags.remove(em.getReference(Tag, 1));
    await em.flush();
    expect([await read(one), await read(other)]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    const others = other.em();
    const tag = await others.findOneOrFail(Tag, 1, { populate: ['cities'] });
    tag.cities.add(await others.findOneOrFail(City, 2));
    await others.flush();
    expect([await read(one), await read(other)]).toEqual([
      [0, 2],
      [0, 2],
    ]);
  });

  it('race 14: a class of a hierarchy in one collection changes', async () => {
    expect([await lives(one), await lives(other)]).toEqual([9, 9]);
    await one.em().nativeUpdate(Cat, 1, { lives: 8 });
    expect([await lives(one), await lives(other)]).toEqual([8, 8]);
  });
});

async function populatedAndLookedUp({ em }: Process): Promise<unknown> {
  const lookup = { from: 'country', localField: 'country', foreignField: '_id', as: 'countries' };
  const [city] = await em().find(City, { _id: 3 }, { populate: ['country'] });
  const [row] = await em().aggregate(City, [{ $match: { _id: 3 } }, { $lookup: lookup }]);
  return [city?.country.$.name, row.countries[0].name];
}

async function tagged({ em }: Process): Promise<number[]> {
  const { tags } = await em().findOneOrFail(City, 1, { populate: ['tags'] });
  return [tags.length, (await em().find(City, { tags: 1 })).length];
}

async function lives({ em }: Process): Promise<number> {
  return (await em().findOneOrFail(Cat, { name: { $ne: '' } })).lives;
}
