import { ReferenceKind, type EntityMetadata, type EntityProperty, type MetadataStorage } from '@mikro-orm/core';

import type { OtherReads, Reads } from './fork.ts';
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
 * that it is no N+1. A relation is named only if it is the only one that fits.
 */
export function keyMeaning(loop: KeyLoop, others: OtherReads, metadata: MetadataStorage): KeyMeaning | undefined {
  const entities = [...metadata.getAll().values()];
  const entity = onlyOne(entities.filter(meta => meta.root === meta && isTable(meta, loop.read)));
  if (!entity) return undefined;
  const byPrimaryKey = compares(loop, columnsOf(entity.getPrimaryProps()));
  return byPrimaryKey
    ? referenceMeaning(loop, others, entity, entities)
    : foreignKeyMeaning(loop, others, entity, entities);
}

/** Entities of a single-table hierarchy share their root's table. */
function isTable(meta: EntityMetadata, { schema, table }: KeyRead): boolean {
  if (meta.virtual || meta.embeddable || meta.tableName !== table) return false;
  return schema === undefined || meta.schema === undefined || meta.schema === '*' || meta.schema === schema;
}

/** Whether the loop fixes all of these columns and changes none but them. */
function compares({ read, columns: varied }: KeyLoop, columns: readonly string[]): boolean {
  const compared = new Set(read.columns.values());
  const fixed = columns.length > 0 && columns.every(column => compared.has(column));
  return fixed && varied.every(column => columns.includes(column));
}

function columnsOf(properties: readonly EntityProperty[]): string[] {
  return properties.flatMap(property => property.fieldNames);
}

/**
 * Any reference to the entity may be loaded by its primary key. It is named only if the fork has read no other table
 * that refers to it, and at least as many rows of that one, before.
 */
function referenceMeaning(
  loop: KeyLoop,
  others: OtherReads,
  target: EntityMetadata,
  entities: readonly EntityMetadata[],
): KeyMeaning {
  const { complete, before, after } = others;
  const relations = relationsOf(entities).filter(({ meta, property }) => {
    return !meta.pivotTable && refersTo(property, target) && readsOf(meta, [...before, ...after]).length > 0;
  });
  const relation = complete && loop.read.takes !== 'aggregate' ? onlyOne(relations) : undefined;
  const isSource = relation && sum(readsOf(relation.meta, before), 'rows') >= loop.distinct;
  return isSource && canPopulate(relation.property) ? { kind: 'reference', ...nameOf(relation) } : keyOf(loop, target);
}

function refersTo(property: EntityProperty, target: EntityMetadata): boolean {
  const targets = property.polymorphTargets ?? [property.targetMeta];
  return ownsForeignKey(property) && targets.some(meta => meta?.root === target);
}

/** Relations within embeddables have another path than their name, and `mapToPk` gives no entity. */
function canPopulate({ embedded, mapToPk }: EntityProperty): boolean {
  return !embedded && !mapToPk;
}

function foreignKeyMeaning(
  loop: KeyLoop,
  others: OtherReads,
  entity: EntityMetadata,
  entities: readonly EntityMetadata[],
): KeyMeaning | undefined {
  const relations = relationsOf(entities);
  const foreignKeys = relations.filter(({ meta, property }) => {
    return (
      meta.root === entity && ownsForeignKey(property) && !property.polymorphic && compares(loop, property.joinColumns)
    );
  });
  if (foreignKeys.length === 0) return undefined;
  const collections = relations.filter(relation => isLoadedBy(relation, loop, foreignKeys, entity));
  const collection = loop.read.takes === 'rows' ? onlyOne(collections) : undefined;
  if (!collection || foreignKeys.length > 1) return keyOf(loop, entity);
  return { kind: 'collection', ...nameOf(collection), parentsOneByOne: isReadOneByOne(collection.meta, loop, others) };
}

function isReadOneByOne(parent: EntityMetadata, { distinct }: KeyLoop, { before, after }: OtherReads): boolean {
  const reads = readsOf(parent, [...before, ...after]).filter(({ tables }) => isNamed(tables[0], parent));
  return sum(reads, 'statements') >= distinct;
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

/** The relations of all entities, each where it is declared. */
function relationsOf(entities: readonly EntityMetadata[]): Relation[] {
  return entities.flatMap(meta => {
    const own = meta.relations.filter(({ name }) => (meta.root === meta) === isDeclaredBy(meta.root, name));
    return own.map(property => ({ meta, property }));
  });
}

/** The root of a single-table hierarchy also has, marked as inherited, what its children declare. */
function isDeclaredBy({ properties }: EntityMetadata, name: string): boolean {
  return properties[name] !== undefined && !properties[name].inherited;
}

function ownsForeignKey({ kind, owner }: EntityProperty): boolean {
  return kind === ReferenceKind.MANY_TO_ONE || (kind === ReferenceKind.ONE_TO_ONE && owner);
}

/** The reads that name the entity's table, as the first one or joined. */
function readsOf(meta: EntityMetadata, reads: readonly Reads[]): Reads[] {
  return reads.filter(({ tables }) => tables !== 'unknown' && tables.some(table => isNamed(table, meta)));
}

function isNamed(table: string | undefined, { root: { tableName, schema } }: EntityMetadata): boolean {
  return table === tableName || table === `${schema}.${tableName}`;
}

function sum(reads: readonly Reads[], figure: 'rows' | 'statements'): number {
  return reads.reduce((total, { [figure]: count }) => total + count, 0);
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
