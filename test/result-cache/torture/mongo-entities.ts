import { cacheable } from '@mikro-kit/result-cache';
import { defineEntity, p, type EntityManager } from '@mikro-orm/mongodb';

import { boxIds, boxOf, itemIds, tagIds } from './ids.ts';

const Box = defineEntity({ name: 'Box', properties: { _id: p.integer().primary() } });

/** Not annotated; entries depend on it only because items lead to it. */
export const Tag = defineEntity({
  name: 'Tag',
  properties: { _id: p.integer().primary(), items: () => p.manyToMany(Item).mappedBy('tags') },
});

export const Item = defineEntity({
  name: 'Item',
  properties: {
    _id: p.integer().primary(),
    version: p.integer(),
    box: () => p.manyToOne(Box).ref(),
    tags: () => p.manyToMany(Tag),
    parts: () => p.oneToMany(Part).mappedBy('item'),
  },
});

export const Part = defineEntity({
  name: 'Part',
  properties: { _id: p.integer().primary(), item: () => p.manyToOne(Item).ref() },
});

for (const entity of [Box, Item, Part]) cacheable(entity, { expiration: 600_000 });

export const entities = [Box, Tag, Item, Part];

/** Fills an empty database. */
export async function seedItems(em: EntityManager): Promise<void> {
  await em.insertMany(
    Box,
    boxIds.map(_id => ({ _id })),
  );
  await em.insertMany(
    Tag,
    tagIds.map(_id => ({ _id })),
  );
  await em.insertMany(
    Item,
    itemIds.map(_id => ({ _id, version: 1, box: boxOf(_id), tags: [] })),
  );
}
