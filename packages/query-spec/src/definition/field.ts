import { type EntityMetadata, type EntityProperty, ReferenceKind } from '@mikro-orm/core';

import { quoted } from '../json-pointer.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { isToMany, isToOne, requireTarget } from './collection.ts';
import { type Declared, declaredAs, declaredKind, storageOf } from './declared-type.ts';
import { isWholeKey, primaryKeyOf, propertyNames, propertyOf, targetOf } from './entity-metadata.ts';
import { requireOneColumnEach } from './host-gaps.ts';
import { valueKindOf } from './property-type.ts';
import type { ValueKind } from './value-kind.ts';

/** A property that a query can compare or sort by, at the end of a path of to-one relations and embeddables. */
export interface Field {
  /** As the definition writes it: `country.code`, `address.city`. */
  readonly path: string;
  /** The relations on the path; none for a property of the entity itself. */
  readonly relations: readonly string[];
  /** The property at the path's end. */
  readonly name: string;
  readonly kind: ValueKind;
  /** Whether it can be null: by itself, or because a relation on its path can lead nowhere. */
  readonly nullable: boolean;
  readonly lazy: boolean;
  /** The property at the path's end, for what a database must know of it: column, collation, length, precision. */
  readonly property: EntityProperty;
  /** Whether strings compare by the database's own rules, as the definition asked. */
  readonly native: boolean;
  /** The column, where it is not the property's own: a relation's that refers to it. */
  readonly column?: string | undefined;
  /** The entity's own relation that it is the key of. */
  readonly keyOf?: string;
  /** What the definition declared of a JSON path or a list. */
  readonly declared?: Declared;
}

/**
 * Resolves a path of the definition, over to-one relations and into embeddables.
 * @throws QuerySpecError `INVALID_DEFINITION` when there is no such field or its type cannot be compared.
 */
export function resolveField(meta: EntityMetadata, path: string, pointer: string, native = false): Field {
  const end = endOf(meta, path.split('.'), pointer);
  const kind = end.keys.length === 0 ? kindOf(end.property, pointer) : undefined;
  if (!kind) {
    throw invalid(`${quoted(path)} of ${meta.className} at ${pointer} ${whyNot(end)}.`, pointer);
  }
  const field = { ...fieldAt(path, end, kind), native };
  requireOneColumnEach(meta, field, pointer);
  return field;
}

/** Of a column; a relation that the host maps to its key is one. */
function kindOf(property: EntityProperty, pointer: string): ValueKind | undefined {
  if (isColumn(property)) {
    return valueKindOf(property);
  }
  const target = isToOne(property) && property.mapToPk ? targetOf(property) : undefined;
  const [key, ...others] = target ? primaryKeyOf(target) : [];
  return target && key !== undefined && others.length === 0
    ? kindOf(requireProperty(target, key, pointer), pointer)
    : undefined;
}

/**
 * Resolves a path into JSON, or a list, by the type that the definition declares of it.
 * @throws QuerySpecError `INVALID_DEFINITION` when there is no such field or the type cannot be
 */
export function resolveDeclared(meta: EntityMetadata, path: string, pointer: string, type: unknown): Field {
  const end = endOf(meta, path.split('.'), pointer);
  const declared = isColumn(end.property)
    ? declaredAs(end.property, end.keys, type)
    : 'is not a column of its own, so that no type can be declared';
  if (typeof declared === 'string') {
    throw invalid(`${quoted(path)} of ${meta.className} at ${pointer} ${declared}.`, pointer);
  }
  return { ...fieldAt(path, end, declaredKind(declared)), nullable: true, native: false, declared };
}

function fieldAt(path: string, { relations, property, nullable }: PathEnd, kind: ValueKind): Omit<Field, 'native'> {
  return {
    path,
    relations,
    name: property.name,
    kind,
    nullable: relations.length > 0 || nullable || property.nullable === true,
    lazy: property.lazy === true,
    property,
  };
}

/**
 * Resolves a property of the primary key. A relation counts as the key at its other end, which its columns hold; a key of
 * several parts, as each of them.
 */
export function resolveKey(meta: EntityMetadata, name: string, pointer: string, native: boolean): readonly Field[] {
  const relation = requireProperty(meta, name, pointer);
  if (!isToOne(relation)) {
    return [resolveField(meta, name, pointer, native)];
  }
  const target = throughToOne(meta, name, pointer);
  const parts = primaryKeyOf(target).flatMap(key => resolveKey(target, key, pointer, native));
  const [only] = parts;
  return only && parts.length === 1
    ? [{ ...only, path: name, relations: [], name, column: relation.fieldNames?.[0] }]
    : parts.map(part => ({ ...part, path: `${name}.${part.path}`, relations: [name, ...part.relations] }));
}

/** The same field in the column of a relation that refers to an entity by this key. No join is made for it. */
export function inReferringColumn(meta: EntityMetadata, field: Field): Field {
  const relations = field.relations.slice(0, -1);
  const name = field.relations.at(-1);
  const owner = relations.reduce((from, relation) => throughToOne(from, relation, ''), meta);
  const relation = name === undefined ? undefined : propertyOf(owner, name);
  if (name === undefined) {
    return field.property.mapToPk ? { ...field, keyOf: field.name } : field;
  }
  if (!relation || relation.mappedBy !== undefined) {
    return field;
  }
  const isKey = isWholeKey(throughToOne(owner, name, ''), field.name);
  const keyOf = relations.length === 0 ? { keyOf: name } : {};
  return isKey ? { ...field, relations, name, column: relation.fieldNames?.[0], ...keyOf } : field;
}

/** Checks a path of a field to load; it may be of any type, and hidden, since it is listed by name. */
export function selectPath(meta: EntityMetadata, path: string, pointer: string): string {
  if (endOf(meta, path.split('.'), pointer).keys.length > 0) {
    throw invalid(
      `${quoted(path)} of ${meta.className} at ${pointer} lies inside JSON, which is loaded whole.`,
      pointer,
    );
  }
  return path;
}

/** Checks a path of relations to populate; the last one may be to-many. */
export function populatePath(meta: EntityMetadata, path: string, pointer: string): string {
  const { property: relation } = endOf(meta, path.split('.'), pointer);
  if (!isToOne(relation) && !isToMany(relation)) {
    throw invalid(`${quoted(path)} of ${meta.className} at ${pointer} is not a relation.`, pointer);
  }
  return path;
}

/** The end of a path: the relations that lead to its owner, and the property there. */
interface PathEnd {
  readonly relations: readonly string[];
  readonly property: EntityProperty;
  /** What follows the property where it holds JSON. */
  readonly keys: readonly string[];
  /** Whether an embeddable on the way can be null. */
  readonly nullable: boolean;
}

function endOf(meta: EntityMetadata, [name = '', ...rest]: readonly string[], pointer: string): PathEnd {
  const property = requireProperty(meta, name, pointer);
  if (rest.length === 0) {
    return { relations: [], property, keys: [], nullable: false };
  }
  if (property.kind === ReferenceKind.EMBEDDED) {
    return endOfEmbedded(meta, property, rest, pointer);
  }
  if (isColumn(property) && storageOf(property) !== undefined) {
    return { relations: [], property, keys: rest, nullable: false };
  }
  const end = endOf(throughToOne(meta, name, pointer), rest, pointer);
  return { ...end, relations: [name, ...end.relations] };
}

/** The host has a property of the owner for each of an embeddable, once it has discovered the entities. */
function endOfEmbedded(
  meta: EntityMetadata,
  embedded: EntityProperty,
  [name = '', ...rest]: readonly string[],
  pointer: string,
): PathEnd {
  if (embedded.array || embedded.object) {
    throw invalid(
      `${quoted(embedded.name)} of ${meta.className} at ${pointer} is stored as JSON, whose paths cannot be compared.`,
      pointer,
    );
  }
  const target = targetOf(embedded);
  const inner = embedded.embeddedProps?.[name] ?? (target && requireProperty(target, name, pointer));
  if (!inner) {
    throw invalid(`Unknown field ${quoted(name)} of ${meta.className}.${embedded.name} at ${pointer}.`, pointer);
  }
  const end: PathEnd =
    rest.length === 0
      ? { relations: [], property: inner, keys: [], nullable: false }
      : endOfEmbedded(meta, inner, rest, pointer);
  return { ...end, nullable: end.nullable || embedded.nullable === true };
}

function throughToOne(meta: EntityMetadata, name: string, pointer: string): EntityMetadata {
  const relation = requireProperty(meta, name, pointer);
  if (!isToOne(relation)) {
    throw invalid(`${quoted(name)} of ${meta.className} at ${pointer} is not a to-one relation.`, pointer);
  }
  return requireTarget(meta, relation, pointer);
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
  return scalar && property.formula === undefined && property.persist !== false && !property.serializedPrimaryKey;
}

function whyNot({ property }: PathEnd): string {
  if (property.serializedPrimaryKey) {
    return `is how the key is written in JSON; list the key itself, and give it this name in aliases: { ${property.name}: '_id' }`;
  }
  if (isToOne(property)) {
    return 'is a relation; name a field of it';
  }
  if (isToMany(property)) {
    return 'is a to-many relation, which is asked by some, none, every and size in a filter alone';
  }
  if (isColumn(property) && storageOf(property) !== undefined) {
    return 'needs a declared type and is only filtered by: name string, number or boolean, or a list such as string[], in types';
  }
  return isColumn(property) ? 'has a type that is not supported yet' : 'is not a column of its own';
}

function invalid(message: string, pointer: string): QuerySpecError {
  return new QuerySpecError('INVALID_DEFINITION', message, { pointer });
}
