import { cacheable } from '@mikro-kit/result-cache';
import { defineEntity, p } from '@mikro-orm/core';

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
export const itemIds: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
export const boxIds: readonly number[] = [1, 2];
export const tagIds: readonly number[] = [1, 2, 3];

/** The box of an item; it never moves. */
export function boxOf(id: number): number {
  return 1 + (id % boxIds.length);
}

/** The only part that an item can have. */
export function partOf(id: number): number {
  return 100 + id;
}
