import { ReferenceKind, type EntityMetadata, type EntityProperty, type MetadataStorage } from '@mikro-orm/core';

import type { ForkReads } from './fork-reads.ts';
import type { KeyRead } from './key-read.ts';

/** What the repeated reads of one key load, in the words of the metadata. */
export type KeyMeaning =
  /** `Country.cities`, by the foreign key of City. `parentsOneByOne`: the countries were read one by one, too. */
  | {
      readonly kind: 'collection';
      readonly owner: string;
      readonly property: string;
      readonly parentsOneByOne: boolean;
    }
  /** `City.country`, by the primary key of Country. */
  | { readonly kind: 'reference'; readonly owner: string; readonly property: string }
  /** A key of which the relation cannot be told. */
  | { readonly kind: 'key'; readonly entity: string; readonly columns: readonly string[] };

/** The reads of one key that are to be named. */
export interface KeyLoop {
  readonly read: KeyRead;
  /** The compared columns whose values changed. */
  readonly columns: readonly string[];
  /** How many different keys were read. */
  readonly distinct: number;
}

/**
 * Names what a loop loads; `undefined` when its columns are neither the primary key nor a foreign key of an entity, so
 * that it is no N+1. A relation is named only if it is the only one that fits. `reads` is everything that the fork has
 * read, the loop included.
 */
export function keyMeaning(loop: KeyLoop, reads: ForkReads, metadata: MetadataStorage): KeyMeaning | undefined {
  const entities = [...metadata.getAll().values()];
  const entity = onlyOne(entities.filter(meta => meta.root === meta && isTable(meta, loop.read)));
  if (!entity) return undefined;
  const byPrimaryKey = compares(loop, columnsOf(entity.getPrimaryProps()));
  return byPrimaryKey
    ? referenceMeaning(loop, reads, entity, entities)
    : foreignKeyMeaning(loop, reads, entity, entities);
}

/** Entities of a single-table hierarchy share their root's table. */
function isTable(meta: EntityMetadata, { schema, table }: KeyRead): boolean {
  if (meta.virtual || meta.embeddable || meta.tableName !== table) return false;
  return schema === undefined || meta.schema === undefined || meta.schema === '*' || meta.schema === schema;
}

/** Whether the loop fixes all of these columns and changes none but them. */
function compares({ read, columns: varied }: KeyLoop, columns: readonly string[]): boolean {
  const fixed = columns.length > 0 && columns.every(column => read.equals.has(column));
  return fixed && varied.every(column => columns.includes(column));
}

function columnsOf(properties: readonly EntityProperty[]): string[] {
  return properties.flatMap(property => property.fieldNames);
}

/** Any reference to the entity may be loaded by its primary key: only what the fork has read tells which it was. */
function referenceMeaning(
  loop: KeyLoop,
  reads: ForkReads,
  target: EntityMetadata,
  entities: readonly EntityMetadata[],
): KeyMeaning {
  const relations = relationsOf(entities).filter(({ meta, property }) => {
    return (
      !meta.pivotTable &&
      ownsForeignKey(property) &&
      property.targetMeta?.root === target &&
      hasBroughtKeys(loop, reads, meta)
    );
  });
  const relation = loop.read.takes === 'aggregate' ? undefined : onlyOne(relations);
  return relation ? { kind: 'reference', ...nameOf(relation) } : keyOf(loop, target);
}

function hasBroughtKeys({ read, distinct }: KeyLoop, reads: ForkReads, holder: EntityMetadata): boolean {
  const own = holder.root.tableName === read.table ? distinct : 0;
  return readsOf(holder, reads).rows - own >= distinct;
}

function foreignKeyMeaning(
  loop: KeyLoop,
  reads: ForkReads,
  entity: EntityMetadata,
  entities: readonly EntityMetadata[],
): KeyMeaning | undefined {
  const relations = relationsOf(entities);
  const foreignKeys = relations.filter(({ meta, property }) => {
    return meta.root === entity && ownsForeignKey(property) && compares(loop, property.joinColumns);
  });
  if (foreignKeys.length === 0) return undefined;
  const collections = relations.filter(relation => isLoadedBy(relation, loop, foreignKeys, entity));
  const collection = loop.read.takes === 'rows' ? onlyOne(collections) : undefined;
  if (!collection || foreignKeys.length > 1) return keyOf(loop, entity);
  const parentsOneByOne = readsOf(collection.meta, reads).statements >= loop.distinct;
  return { kind: 'collection', ...nameOf(collection), parentsOneByOne };
}

/** Whether it is the other side of one of these foreign keys, or a collection whose pivot table this is. */
function isLoadedBy(
  { property }: Relation,
  loop: KeyLoop,
  foreignKeys: readonly Relation[],
  read: EntityMetadata,
): boolean {
  if (property.kind === ReferenceKind.MANY_TO_MANY) {
    return property.pivotTable === read.tableName && compares(loop, property.joinColumns);
  }
  if (property.targetMeta?.root !== read || ownsForeignKey(property)) return false;
  return foreignKeys.some(foreignKey => property.mappedBy === foreignKey.property.name);
}

interface Relation {
  readonly meta: EntityMetadata;
  readonly property: EntityProperty;
}

/** The relations of all entities, an inherited one only where it is declared first. */
function relationsOf(entities: readonly EntityMetadata[]): Relation[] {
  return entities.flatMap(meta => {
    const own = meta.relations.filter(({ name }) => meta.root === meta || !(name in meta.root.properties));
    return own.map(property => ({ meta, property }));
  });
}

function ownsForeignKey({ kind, owner, polymorphic }: EntityProperty): boolean {
  if (polymorphic) return false;
  return kind === ReferenceKind.MANY_TO_ONE || (kind === ReferenceKind.ONE_TO_ONE && owner);
}

function readsOf(
  { root: { tableName, schema } }: EntityMetadata,
  reads: ForkReads,
): { statements: number; rows: number } {
  const bare = reads.of(tableName);
  const full = reads.of(`${schema}.${tableName}`);
  return { statements: bare.statements + full.statements, rows: bare.rows + full.rows };
}

function nameOf({ meta, property }: Relation): { owner: string; property: string } {
  return { owner: meta.className, property: property.name };
}

function keyOf({ columns }: KeyLoop, entity: EntityMetadata): KeyMeaning {
  return { kind: 'key', entity: entity.className, columns };
}

function onlyOne<T>(items: readonly T[]): T | undefined {
  return items.length === 1 ? items[0] : undefined;
}
