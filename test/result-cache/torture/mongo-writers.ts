import type { EntityManager } from '@mikro-orm/mongodb';

import { boxOf, partOf, tagIds } from './ids.ts';
import type { ItemState } from './model.ts';
import { Item, Part, Tag } from './mongo-entities.ts';
import { reads } from './mongo-readers.ts';
import type { Random } from './random.ts';
import { NEVER, type Ways } from './ways.ts';

/** Writes `next` as the item's version, in its own way. */
type Update = (em: EntityManager, id: number, next: number) => Promise<unknown>;

/** Every way to change a document that is there. */
const updates: Readonly<Record<string, Update>> = {
  flush: async (em, id, next) => {
    (await em.findOneOrFail(Item, id)).version = next;
    await em.flush();
  },
  transactional: (em, id, next) =>
    em.transactional(async inner => {
      (await inner.findOneOrFail(Item, id)).version = next;
    }),
  'begin and commit': async (em, id, next) => {
    await em.begin();
    await em.nativeUpdate(Item, id, { version: next });
    await em.findOneOrFail(Item, id);
    await em.commit();
  },
  nativeUpdate: (em, id, next) => em.nativeUpdate(Item, { _id: id }, { version: next }),
  'nativeUpdate of several': (em, id, next) => em.nativeUpdate(Item, { _id: { $in: [id, 999] } }, { version: next }),
  'nativeUpdate by another field': (em, id, next) =>
    em.nativeUpdate(Item, { version: { $lt: next }, _id: { $gte: id, $lte: id } }, { version: next }),
  upsert: (em, id, next) => em.upsert(Item, { _id: id, version: next, box: boxOf(id) }),
  upsertMany: (em, id, next) => em.upsertMany(Item, [{ _id: id, version: next, box: boxOf(id) }]),
  'the native collection': (em, id, next) => native(em).updateOne({ _id: id }, { $set: { version: next } }),
  'a native findOneAndUpdate': (em, id, next) => native(em).findOneAndUpdate({ _id: id }, { $set: { version: next } }),
  'a native bulk': (em, id, next) =>
    native(em)
      .bulkWrite([{ updateOne: { filter: { _id: id }, update: { $inc: { version: 1 } } } }])
      .then(() => next),
  'a native replacement in a transaction': (em, id, next) =>
    em.transactional(async inner => {
      const session = inner.getTransactionContext();
      await native(inner).updateOne({ _id: id }, { $set: { version: next } }, session ? { session } : {});
      await inner.find(Item, {});
    }),
  'a native transaction': (em, id, next) =>
    em
      .getConnection()
      .getClient()
      .withSession(session =>
        session.withTransaction(() => native(em).updateOne({ _id: id }, { $set: { version: next } }, { session })),
      ),
  'a rollback, then a write': async (em, id, next) => {
    await em.transactional(inner => doomed(inner, id)).catch(ignoreDoom);
    await em.fork().nativeUpdate(Item, id, { version: next });
  },
};

function native(em: EntityManager) {
  return em.getCollection<{ _id: number; version: number }>('item');
}

class Doom extends Error {}

async function doomed(em: EntityManager, id: number): Promise<never> {
  await em.nativeUpdate(Item, id, { version: NEVER });
  await em.find(Item, {});
  throw new Doom();
}

function ignoreDoom(error: unknown): void {
  if (!(error instanceof Doom)) throw error;
}

/** How MongoDB is written and read. */
export const ways: Ways<EntityManager> = {
  reads,
  writeOne,
  countAllOn: em => native(em).updateMany({}, { $inc: { version: 1 } }),
};

async function writeOne(em: EntityManager, id: number, state: ItemState, random: Random): Promise<ItemState> {
  if (!state.exists) return insert(em, id, state);
  const roll = random.next();
  if (roll < 0.06) return remove(em, id, state, random);
  if (roll < 0.16) return retag(em, id, state, random);
  if (roll < 0.22) return state.hasPart ? removePart(em, id, state) : addPart(em, id, state);
  const how = random.pick(Object.keys(updates));
  const version = state.version + 1;
  await updates[how]?.(em, id, version);
  return { ...state, version };
}

async function insert(em: EntityManager, id: number, state: ItemState): Promise<ItemState> {
  const version = state.version + 1;
  await em.insert(Item, { _id: id, version, box: boxOf(id), tags: [] });
  return { version, exists: true, tags: [], hasPart: false };
}

async function remove(em: EntityManager, id: number, state: ItemState, random: Random): Promise<ItemState> {
  await em.nativeDelete(Part, { item: id });
  if (random.next() < 0.5) await em.nativeDelete(Item, id);
  else await native(em).deleteOne({ _id: id });
  return { ...state, exists: false, tags: [], hasPart: false };
}

async function retag(em: EntityManager, id: number, state: ItemState, random: Random): Promise<ItemState> {
  const tags = random.some(tagIds);
  const item = await em.findOneOrFail(Item, id, { populate: ['tags'] });
  item.tags.set(tags.map(tag => em.getReference(Tag, tag)));
  await em.flush();
  return { ...state, tags };
}

async function addPart(em: EntityManager, id: number, state: ItemState): Promise<ItemState> {
  em.create(Part, { _id: partOf(id), item: id });
  await em.flush();
  return { ...state, hasPart: true };
}

async function removePart(em: EntityManager, id: number, state: ItemState): Promise<ItemState> {
  const part = await em.findOneOrFail(Part, partOf(id));
  await em.remove(part).flush();
  return { ...state, hasPart: false };
}
