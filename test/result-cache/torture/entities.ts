import { cacheable } from '@mikro-kit/result-cache';
import { defineEntity, p } from '@mikro-orm/core';
import type { SqlMikroORM } from '@mikro-orm/sql';

import { boxIds, boxOf, itemIds, tagIds } from './ids.ts';

export const Box = defineEntity({
  name: 'Box',
  properties: { id: p.integer().primary(), version: p.integer(), items: () => p.oneToMany(Item).mappedBy('box') },
});

/** Not annotated; entries depend on it only because items lead to it. */
export const Tag = defineEntity({ name: 'Tag', properties: { id: p.integer().primary() } });

export const Item = defineEntity({
  name: 'Item',
  properties: {
    id: p.integer().primary(),
    version: p.integer(),
    box: () => p.manyToOne(Box).ref(),
    tags: () => p.manyToMany(Tag),
    parts: () => p.oneToMany(Part).mappedBy('item'),
  },
});

export const Part = defineEntity({
  name: 'Part',
  properties: { id: p.integer().primary(), item: () => p.manyToOne(Item).ref().deleteRule('cascade') },
});

for (const entity of [Box, Item, Part]) cacheable(entity, { expiration: 600_000 });

export const entities = [Box, Tag, Item, Part];

/** Fills an empty schema. */
export async function seedItems(orm: SqlMikroORM): Promise<void> {
  const em = orm.em.fork();
  await em.insertMany(
    Box,
    boxIds.map(id => ({ id, version: 1 })),
  );
  await em.insertMany(
    Tag,
    tagIds.map(id => ({ id })),
  );
  await em.insertMany(
    Item,
    itemIds.map(id => ({ id, version: 1, box: boxOf(id) })),
  );
}
