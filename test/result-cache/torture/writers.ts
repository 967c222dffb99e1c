import { type SqlEntityManager } from '@mikro-orm/sql';

import { Item, Part, Tag } from './entities.ts';
import { boxOf, partOf, tagIds } from './ids.ts';
import type { ItemState } from './model.ts';
import type { Random } from './random.ts';
import { reads } from './readers.ts';
import { NEVER, type Ways } from './ways.ts';

interface Tables {
  item: { id: number; version: number };
}

/** What a write goes by, where the cache promises less than the last commit. */
const FRESH = { cache: false } as const;

/** Writes `next` as the item's version, in its own way. */
type Update = (em: SqlEntityManager, id: number, next: number) => Promise<unknown>;

/** Every way to change a row that is there. */
const updates: Readonly<Record<string, Update>> = {
  flush: async (em, id, next) => {
    (await em.findOneOrFail(Item, id, FRESH)).version = next;
    await em.flush();
  },
  transactional: (em, id, next) =>
    em.transactional(async inner => {
      (await inner.findOneOrFail(Item, id, FRESH)).version = next;
    }),
  'begin and commit': async (em, id, next) => {
    await em.begin();
    try {
      await em.nativeUpdate(Item, id, { version: next });
      await em.findOneOrFail(Item, id);
      await em.commit();
    } catch (error) {
      await em.rollback();
      throw error;
    }
  },
  nativeUpdate: (em, id, next) => em.nativeUpdate(Item, { id }, { version: next }),
  'nativeUpdate of several': (em, id, next) => em.nativeUpdate(Item, { id: { $in: [id, 999] } }, { version: next }),
  'nativeUpdate by another column': (em, id, next) =>
    em.nativeUpdate(Item, { version: { $lt: next }, id: { $gte: id, $lte: id } }, { version: next }),
  upsert: (em, id, next) => em.upsert(Item, { id, version: next, box: boxOf(id) }),
  upsertMany: (em, id, next) => em.upsertMany(Item, [{ id, version: next, box: boxOf(id) }]),
  QueryBuilder: (em, id, next) => em.createQueryBuilder(Item).update({ version: next }).where({ id }).execute(),
  execute: (em, id, next) => em.execute('update item set version = ? where id = ?', [next, id]),
  'execute with a subquery': (em, id, next) =>
    em.execute('update item set version = ? where id in (select i from (select id as i from item where id = ?) x)', [
      next,
      id,
    ]),
  Kysely: (em, id, next) =>
    em.getKysely<Tables>().updateTable('item').set({ version: next }).where('id', '=', id).execute(),
  'a Kysely transaction': (em, id, next) =>
    em
      .getKysely<Tables>()
      .transaction()
      .execute(trx => trx.updateTable('item').set({ version: next }).where('id', '=', id).execute()),
  'a released savepoint': (em, id, next) =>
    em.transactional(outer => outer.transactional(inner => inner.nativeUpdate(Item, id, { version: next }))),
  'a savepoint that is rolled back, then a commit': (em, id, next) =>
    em.transactional(async outer => {
      await outer.transactional(inner => doomed(inner, id)).catch(ignoreDoom);
      await outer.nativeUpdate(Item, id, { version: next });
    }),
  'a rollback, then a write': async (em, id, next) => {
    await em.transactional(inner => doomed(inner, id)).catch(ignoreDoom);
    await em.fork().nativeUpdate(Item, id, { version: next });
  },
};

class Doom extends Error {}

async function doomed(em: SqlEntityManager, id: number): Promise<never> {
  await em.nativeUpdate(Item, id, { version: NEVER });
  await em.find(Item, {});
  throw new Doom();
}

function ignoreDoom(error: unknown): void {
  if (!(error instanceof Doom)) throw error;
}

/** How an SQL database is written and read. */
export const ways: Ways<SqlEntityManager> = {
  reads,
  writeOne,
  countAllOn: em => em.execute('update item set version = version + 1'),
};

async function writeOne(em: SqlEntityManager, id: number, state: ItemState, random: Random): Promise<ItemState> {
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

async function insert(em: SqlEntityManager, id: number, state: ItemState): Promise<ItemState> {
  const version = state.version + 1;
  await em.insert(Item, { id, version, box: boxOf(id) });
  return { version, exists: true, tags: [], hasPart: false };
}

/** Takes the tags and the part along by cascades of the database. */
async function remove(em: SqlEntityManager, id: number, state: ItemState, random: Random): Promise<ItemState> {
  if (random.next() < 0.5) await em.nativeDelete(Item, id);
  else await em.execute('delete from item where id = ?', [id]);
  return { ...state, exists: false, tags: [], hasPart: false };
}

async function retag(em: SqlEntityManager, id: number, state: ItemState, random: Random): Promise<ItemState> {
  const tags = random.some(tagIds);
  const item = await em.findOneOrFail(Item, id, { populate: ['tags'], ...FRESH });
  item.tags.set(tags.map(tag => em.getReference(Tag, tag)));
  await em.flush();
  return { ...state, tags };
}

async function addPart(em: SqlEntityManager, id: number, state: ItemState): Promise<ItemState> {
  em.create(Part, { id: partOf(id), item: id });
  await em.flush();
  return { ...state, hasPart: true };
}

async function removePart(em: SqlEntityManager, id: number, state: ItemState): Promise<ItemState> {
  const part = await em.findOneOrFail(Part, partOf(id), FRESH);
  await em.remove(part).flush();
  return { ...state, hasPart: false };
}
