import { type EntityMetadata, type EntityProperty, ReferenceKind } from '@mikro-orm/core';

import { QuerySpecError } from '../query-spec-error.ts';
import { propertyOf, targetOf } from './entity-metadata.ts';

/** A to-many relation, at the end of a path of to-one relations. */
export interface Collection {
  /** As the definition writes it: `books`, `country.cities`. */
  readonly path: string;
  /** The to-one relations that lead to it. */
  readonly relations: readonly string[];
  /** The relation itself. */
  readonly property: EntityProperty;
}

/** A path of a definition, cut behind its first to-many relation. */
export interface CutPath {
  readonly collection: Collection;
  readonly target: EntityMetadata;
  /** What follows, of the target; empty when the path ends at the collection. */
  readonly rest: string;
}

/**
 * Cuts a path behind its first to-many relation; `undefined` when it passes none.
 * @throws QuerySpecError `UNKNOWN_ENTITY` when the entity at the other end is not known yet
 */
export function cutAtCollection(meta: EntityMetadata, path: string, pointer: string): CutPath | undefined {
  const segments = path.split('.');
  let owner: EntityMetadata | undefined = meta;
  for (const [i, segment] of segments.entries()) {
    const property: EntityProperty | undefined = owner && propertyOf(owner, segment);
    if (!owner || !property) {
      return undefined;
    }
    if (isToMany(property)) {
      const collection = { path: segments.slice(0, i + 1).join('.'), relations: segments.slice(0, i), property };
      return { collection, target: requireTarget(owner, property, pointer), rest: segments.slice(i + 1).join('.') };
    }
    owner = isToOne(property) ? targetOf(property) : undefined;
  }
  return undefined;
}

export function isToOne({ kind }: EntityProperty): boolean {
  return kind === ReferenceKind.MANY_TO_ONE || kind === ReferenceKind.ONE_TO_ONE;
}

export function isToMany({ kind }: EntityProperty): boolean {
  return kind === ReferenceKind.ONE_TO_MANY || kind === ReferenceKind.MANY_TO_MANY;
}

/** The entity at the other end of a relation. */
export function requireTarget(meta: EntityMetadata, relation: EntityProperty, pointer: string): EntityMetadata {
  const target = targetOf(relation);
  if (!target) {
    const message = `The target of ${meta.className}.${relation.name} is not known yet; call prepare(orm.em) once after MikroORM.init().`;
    throw new QuerySpecError('UNKNOWN_ENTITY', message, { pointer });
  }
  return target;
}
