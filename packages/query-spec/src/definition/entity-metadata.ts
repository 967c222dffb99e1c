import { type EntityMetadata, type EntityName, type EntityProperty, EntitySchema } from '@mikro-orm/core';

/**
 * The metadata that an entity brought along itself (`defineEntity`, `EntitySchema`). Decorated classes bring none: theirs
 * is known to an ORM only.
 */
export function declaredMetadata(entity: EntityName): EntityMetadata | undefined {
  if (EntitySchema.is(entity)) {
    return entity.meta;
  }
  return typeof entity === 'function' ? EntitySchema.REGISTRY.get(entity)?.meta : undefined;
}

/** A property, also of the entities that this one extends: before discovery they are not merged yet. */
export function propertyOf(meta: EntityMetadata, name: string): EntityProperty | undefined {
  if (Object.hasOwn(meta.properties, name)) {
    return Reflect.get(meta.properties, name);
  }
  const base = baseOf(meta);
  return base && propertyOf(base, name);
}

/** Names of all properties, in the order in which they were declared. */
export function propertyNames(meta: EntityMetadata): readonly string[] {
  const base = baseOf(meta);
  return [...new Set([...(base ? propertyNames(base) : []), ...Object.keys(meta.properties)])];
}

/** Names of the properties that make up the primary key. */
export function primaryKeyOf(meta: EntityMetadata): readonly string[] {
  return propertyNames(meta).filter(name => propertyOf(meta, name)?.primary);
}

/** Whether a property is the whole primary key. */
export function isWholeKey(meta: EntityMetadata, name: string): boolean {
  const [only, ...others] = primaryKeyOf(meta);
  return only === name && others.length === 0;
}

/** The entity at the other end of a relation, unless it can be one of several. */
export function targetOf(relation: EntityProperty): EntityMetadata | undefined {
  if (relation.targetMeta) {
    return relation.targetMeta;
  }
  const target: EntityName | EntityName[] = relation.entity();
  return Array.isArray(target) ? undefined : declaredMetadata(target);
}

function baseOf(meta: EntityMetadata): EntityMetadata | undefined {
  return meta.extends && declaredMetadata(meta.extends);
}
