import type { ResultCache } from '@mikro-kit/result-cache';
import type { SqlEntityManager } from '@mikro-orm/sql';

import { Item, Part } from './entities.ts';
import { boxOf, partOf } from './ids.ts';
import type { Reads, Seen } from './ways.ts';

interface Row {
  readonly id: number;
  readonly version: number;
}

interface Tagged {
  getItems(): { readonly id: number }[];
}

const seen = ({ id, version }: Row): Seen => ({ id, exists: true, version });
const one = (id: number, row: Row | null | undefined): Seen[] => [row ? seen(row) : { id, exists: false }];
const idsOf = (tags: Tagged): number[] =>
  tags
    .getItems()
    .map(tag => tag.id)
    .toSorted((a, b) => a - b);

/** Every way to read. */
export const reads: Reads<SqlEntityManager> = {
  'findOne by key': async (em, id) => one(id, await em.findOne(Item, id)),
  'findOne by condition': async (em, id) => one(id, await em.findOne(Item, { id, box: boxOf(id) })),
  'find by keys': async (em, id) => (await em.find(Item, { id: [id, 1 + (id % 10)] })).map(seen),
  'find by relation': async (em, id) => (await em.find(Item, { box: { id: boxOf(id) } })).map(seen),
  find: async em => (await em.find(Item, {}, { orderBy: { id: 'asc' } })).map(seen),
  findAll: async em => (await em.findAll(Item)).map(seen),
  findAndCount: async em => (await em.findAndCount(Item, {}))[0].map(seen),
  findByCursor: async em => (await em.findByCursor(Item, { first: 20, orderBy: { id: 'asc' } })).items.map(seen),
  count: async (em, id) => [{ id, exists: (await em.count(Item, { id })) === 1 }],
  'count of parts': async (em, id) => [{ id, hasPart: (await em.count(Part, { item: id })) === 1 }],
  'find of a part': async (em, id) => [{ id, hasPart: (await em.findOne(Part, partOf(id))) !== null }],
  'populated by join': async (em, id) => withTags(em, id, 'joined'),
  'populated by another select': async (em, id) => withTags(em, id, 'select-in'),
  'a lazy collection': async (em, id) => {
    const item = await em.findOne(Item, id);
    if (!item) return one(id, item);
    await item.tags.loadItems();
    return [{ ...seen(item), tags: idsOf(item.tags) }];
  },
  'a lazy reference': async (em, id) => {
    const item = await em.getReference(Item, id, { wrapped: true }).load();
    return one(id, item);
  },
  'a QueryBuilder': async (em, id) => one(id, await em.createQueryBuilder(Item).where({ id }).getSingleResult()),
  "a QueryBuilder's list": async em => (await em.createQueryBuilder(Item).getResultList()).map(seen),
  "a QueryBuilder's rows": async (em, id) =>
    one(id, await em.createQueryBuilder(Item).select(['id', 'version']).where({ id }).execute<Row>('get')),
  "a QueryBuilder's count": async (em, id) => [
    { id, exists: (await em.createQueryBuilder(Item).where({ id }).getCount()) === 1 },
  ],
  'many at once': async (em, id) => {
    const forks = Array.from({ length: 8 }, () => em.fork());
    return (
      await Promise.all(forks.map(async fork => one(id, await fork.findOne(Item, { id, box: boxOf(id) }))))
    ).flat();
  },
  'a wrapped function': async (em, id, cache) => wrapped(em, id, cache),
  'a wrapped function, many at once': async (em, id, cache) => {
    const forks = Array.from({ length: 8 }, () => em.fork());
    return (await Promise.all(forks.map(fork => wrapped(fork, id, cache)))).flat();
  },
  'a wrapped function of cached reads': (em, id, cache) =>
    cache.wrap(
      ['both', id],
      async () => [...(await withTags(em, id, 'joined')), ...one(id, await em.fork().findOne(Item, id))],
      { dependsOn: [Item, Part, 'item_tags'], earlyRefresh: 1e6 },
    ),
  'inside a transaction': async (em, id) => em.transactional(async inner => one(id, await inner.findOne(Item, id))),
};

function wrapped(em: SqlEntityManager, id: number, cache: ResultCache): Promise<readonly Seen[]> {
  const load = async (): Promise<readonly Seen[]> => {
    const found = one(id, await em.findOne(Item, id, { cache: false }));
    // Slow enough for writes to be made before those who wait for it get what it found.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    return found;
  };
  return cache.wrap(['item', id], load, { dependsOn: [Item] });
}

async function withTags(em: SqlEntityManager, id: number, strategy: 'joined' | 'select-in'): Promise<Seen[]> {
  const item = await em.findOne(Item, id, { populate: ['tags', 'parts'], strategy });
  if (!item) return one(id, item);
  return [{ ...seen(item), tags: idsOf(item.tags), hasPart: item.parts.length === 1 }];
}
