import type { CountOptions, EntityManager, EntityMetadata } from '@mikro-orm/core';

import { requireTarget } from '../definition/collection.ts';
import { propertyOf } from '../definition/entity-metadata.ts';

/** Whose rows a condition is about, and how related ones are asked for. */
export interface RowSource {
  readonly em: EntityManager;
  readonly meta: EntityMetadata;
  /** The host's options of the call, which hold for these reads too. */
  readonly options: Pick<CountOptions<object>, 'ctx' | 'filters' | 'schema'>;
}

/** The same, of the entity at the other end of a relation. */
export function throughRelation(source: RowSource, relation: string): RowSource {
  const property = propertyOf(source.meta, relation);
  if (!property) {
    throw new RangeError(`${relation} is no relation`);
  }
  return { ...source, meta: requireTarget(source.meta, property, '') };
}

/** Whether filters of the EntityManager leave some of the rows out. */
export async function isFiltered({ em, meta, options }: RowSource): Promise<boolean> {
  const filters: object | undefined = await em.applyFilters(meta.class, {}, options.filters ?? {}, 'read');
  return filters !== undefined && Reflect.ownKeys(filters).length > 0;
}
