import { type EntityMetadata, type EntityProperty, ReferenceKind } from '@mikro-orm/core';

import { propertyNames, propertyOf, targetOf } from './entity-metadata.ts';
import { quoted } from './json-pointer.ts';
import { valueKindOf } from './property-type.ts';
import { QuerySpecError } from './query-spec-error.ts';
import type { ValueKind } from './value-kind.ts';

/** A property that a query can compare or sort by, at the end of a path of to-one relations. */
export interface Field {
  /** As the definition writes it: `country.code`. */
  readonly path: string;
  /** The path's segments; one means a property of the entity itself. */
  readonly segments: readonly string[];
  readonly kind: ValueKind;
  /** Whether it can be null: by itself, or because a relation on its path can lead nowhere. */
  readonly nullable: boolean;
  readonly lazy: boolean;
  /** The property at the path's end, for what a database must know of it: column, collation, length, precision. */
  readonly property: EntityProperty;
  /** Whether strings compare by the database's own rules, as the definition asked. */
  readonly native: boolean;
}

const TO_ONE: ReadonlySet<ReferenceKind | undefined> = new Set([ReferenceKind.MANY_TO_ONE, ReferenceKind.ONE_TO_ONE]);
const TO_MANY: ReadonlySet<ReferenceKind | undefined> = new Set([
  ReferenceKind.ONE_TO_MANY,
  ReferenceKind.MANY_TO_MANY,
]);

/**
 * Resolves a path of the definition.
 * @throws QuerySpecError `INVALID_DEFINITION` when there is no such field or its type cannot be compared.
 */
export function resolveField(meta: EntityMetadata, path: string, pointer: string, native = false): Field {
  const segments = path.split('.');
  const relations = segments.slice(0, -1);
  const property = requireProperty(endOf(relations, meta, pointer), segments.at(-1) ?? '', pointer);
  const kind = isColumn(property) ? valueKindOf(property) : undefined;
  if (!kind) {
    throw invalid(`${quoted(path)} of ${meta.className} at ${pointer} ${whyNot(property)}.`, pointer);
  }
  return {
    path,
    segments,
    kind,
    nullable: relations.length > 0 || property.nullable === true,
    lazy: property.lazy === true,
    property,
    native,
  };
}

/** Checks a path of relations to populate; the last one may be to-many. */
export function populatePath(meta: EntityMetadata, path: string, pointer: string): string {
  const segments = path.split('.');
  const relation = requireProperty(endOf(segments.slice(0, -1), meta, pointer), segments.at(-1) ?? '', pointer);
  if (!TO_ONE.has(relation.kind) && !TO_MANY.has(relation.kind)) {
    throw invalid(`${quoted(path)} of ${meta.className} at ${pointer} is not a relation.`, pointer);
  }
  return path;
}

function endOf(relations: readonly string[], meta: EntityMetadata, pointer: string): EntityMetadata {
  return relations.reduce((owner, name) => throughToOne(owner, name, pointer), meta);
}

function throughToOne(meta: EntityMetadata, name: string, pointer: string): EntityMetadata {
  const relation = requireProperty(meta, name, pointer);
  if (!TO_ONE.has(relation.kind)) {
    throw invalid(`${quoted(name)} of ${meta.className} at ${pointer} is not a to-one relation.`, pointer);
  }
  const target = targetOf(relation);
  if (!target) {
    const message = `The target of ${meta.className}.${name} is not known yet; call prepare(orm.em) once after MikroORM.init().`;
    throw new QuerySpecError('UNKNOWN_ENTITY', message, { pointer });
  }
  return target;
}

function requireProperty(meta: EntityMetadata, name: string, pointer: string): EntityProperty {
  const property = propertyOf(meta, name);
  if (!property) {
    const allowed = propertyNames(meta);
    const message = `Unknown field ${quoted(name)} of ${meta.className} at ${pointer}; it has ${allowed.join(', ')}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer, allowed });
  }
  return property;
}

function isColumn(property: EntityProperty): boolean {
  const scalar = property.kind === undefined || property.kind === ReferenceKind.SCALAR;
  return scalar && property.formula === undefined && property.persist !== false;
}

function whyNot(property: EntityProperty): string {
  if (TO_ONE.has(property.kind)) {
    return 'is a relation; name a field of it';
  }
  if (TO_MANY.has(property.kind)) {
    return 'is a to-many relation, which is not supported yet';
  }
  return isColumn(property) ? 'has a type that is not supported yet' : 'is not a column of its own';
}

function invalid(message: string, pointer: string): QuerySpecError {
  return new QuerySpecError('INVALID_DEFINITION', message, { pointer });
}
