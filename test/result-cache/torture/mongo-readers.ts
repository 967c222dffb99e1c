import type { EntityManager } from '@mikro-orm/mongodb';

import { boxOf, partOf } from './ids.ts';
import { Item, Part, Tag } from './mongo-entities.ts';
import type { Reads, Seen } from './ways.ts';

interface Row {
  readonly _id: number;
  readonly version: number;
}

interface Tagged {
  getItems(): { readonly _id: number }[];
}

const seen = ({ _id: id, version }: Row): Seen => ({ id, exists: true, version });
const one = (id: number, row: Row | null | undefined): Seen[] => [row ? seen(row) : { id, exists: false }];
const idsOf = (tags: Tagged): number[] =>
  tags
    .getItems()
    .map(({ _id: id }) => id)
    .toSorted((a, b) => a - b);

/** Every way to read on MongoDB. */
export const reads: Reads<EntityManager> = {
  'findOne by key': async (em, id) => one(id, await em.findOne(Item, id)),
  'findOne by condition': async (em, id) => one(id, await em.findOne(Item, { _id: id, box: boxOf(id) })),
  'find by keys': async (em, id) => (await em.find(Item, { _id: [id, 1 + (id % 10)] })).map(seen),
  'find by reference': async (em, id) => (await em.find(Item, { box: boxOf(id) })).map(seen),
  find: async em => (await em.find(Item, {}, { orderBy: { _id: 'asc' } })).map(seen),
  findAll: async em => (await em.findAll(Item)).map(seen),
  findAndCount: async em => (await em.findAndCount(Item, {}))[0].map(seen),
  findByCursor: async em => (await em.findByCursor(Item, { first: 20, orderBy: { _id: 'asc' } })).items.map(seen),
  count: async (em, id) => [{ id, exists: (await em.count(Item, { _id: id })) === 1 }],
  countBy: async (em, id) => [{ id, exists: (await em.countBy(Item, '_id'))[`${id}`] === 1 }],
  'count of parts': async (em, id) => [{ id, hasPart: (await em.count(Part, { item: id })) === 1 }],
  'find of a part': async (em, id) => [{ id, hasPart: (await em.findOne(Part, partOf(id))) !== null }],
  populated: async (em, id) => {
    const item = await em.findOne(Item, id, { populate: ['tags', 'parts'] });
    if (!item) return one(id, item);
    return [{ ...seen(item), tags: idsOf(item.tags), hasPart: item.parts.length === 1 }];
  },
  'populated from the other side': async (em, id) => {
    const found = await em.find(Tag, {}, { populate: ['items'] });
    const tags = found.filter(tag => tag.items.getItems().some(({ _id: item }) => item === id));
    return [{ id, tags: tags.map(({ _id: tag }) => tag).toSorted((a, b) => a - b) }];
  },
  'a lazy collection': async (em, id) => {
    const item = await em.findOne(Item, id);
    if (!item) return one(id, item);
    await Promise.all([item.tags.loadItems(), item.parts.loadItems()]);
    return [{ ...seen(item), tags: idsOf(item.tags), hasPart: item.parts.length === 1 }];
  },
  'a lazy reference': async (em, id) => one(id, await em.getReference(Item, id, { wrapped: true }).load()),
  'an aggregation': async (em, id) => one(id, (await em.aggregate(Item, [{ $match: { _id: id } }]))[0]),
  'an aggregation with a lookup': async (em, id) => {
    const lookup = { from: 'part', localField: '_id', foreignField: 'item', as: 'parts' };
    const [item] = await em.aggregate(Item, [{ $match: { _id: id } }, { $lookup: lookup }]);
    return item ? [{ ...seen(item), hasPart: item.parts.length === 1 }] : one(id, null);
  },
  'inside a transaction': async (em, id) => em.transactional(async inner => one(id, await inner.findOne(Item, id))),
};
