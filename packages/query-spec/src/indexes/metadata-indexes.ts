import { type EntityMetadata, type EntityProperty, ReferenceKind } from '@mikro-orm/core';

import { isToOne } from '../definition/collection.ts';
import { propertyOf } from '../definition/entity-metadata.ts';
import type { IndexTraits } from '../dialects/index-traits.ts';
import { columnNames } from './column-names.ts';
import type { IndexColumn, TableIndex } from './table-index.ts';

type EntityIndex = EntityMetadata['indexes'][number];

/**
 * The indexes that the host's schema generator makes of an entity's metadata, with those that the server makes by itself.
 * Partial ones, expressions, and kinds other than a B-tree are left out: what they serve cannot be told from metadata.
 */
export function metadataIndexes(meta: EntityMetadata, traits: IndexTraits): readonly TableIndex[] {
  return tablesOf(meta).flatMap(table => {
    const key = primaryKey(table);
    const indexes = [
      ...(key.columns.length > 0 ? [key] : []),
      ...Object.values(table.properties).flatMap(property => propertyIndexes(table, property, traits)),
      ...[...table.indexes, ...table.uniques].flatMap(index =>
        entityIndex(table, index, traits, table.uniques.includes(index)),
      ),
    ];
    return indexes.map(index => endedByKey(index, key, table, traits));
  });
}

/** Where rows of an entity lie: with all others of its hierarchy in one table, or in one for each class. */
function tablesOf(meta: EntityMetadata): readonly EntityMetadata[] {
  if (meta.view && !meta.materialized) {
    return [];
  }
  if (meta.root.inheritanceType === 'sti') {
    return [meta.root];
  }
  return meta.tptParent ? [meta, ...tablesOf(meta.tptParent)] : [meta];
}

function primaryKey(table: EntityMetadata): TableIndex {
  return treeOf(table.primaryKeys.flatMap(name => columnNames(table, name)).map(plainColumn), true);
}

function propertyIndexes(table: EntityMetadata, property: EntityProperty, traits: IndexTraits): readonly TableIndex[] {
  const { kind, name, index, unique, primary, persist, nullable } = property;
  const columns = columnNames(table, name).map(plainColumn);
  const isColumn = (kind === ReferenceKind.SCALAR || isToOne(property)) && persist !== false && columns.length > 0;
  if (!isColumn) {
    return [];
  }
  const byServer = traits.indexesForeignKeys && isToOne(property) && property.createForeignKeyConstraint;
  const indexes = [
    ...(index || byServer ? [treeOf(columns, false)] : []),
    ...(unique && !primary ? [treeOf(columns, true)] : []),
  ];
  return traits.ofDocuments && nullable === true ? indexes.map(tree => ({ ...tree, sparse: true })) : indexes;
}

function entityIndex(
  table: EntityMetadata,
  index: EntityIndex,
  traits: IndexTraits,
  unique: boolean,
): readonly TableIndex[] {
  const columns = isPlain(index) ? entityColumns(table, index, traits) : [];
  return columns.length > 0 ? [treeOf(columns, unique)] : [];
}

function entityColumns(
  table: EntityMetadata,
  { columns, properties, options }: EntityIndex,
  { ofDocuments }: IndexTraits,
): readonly IndexColumn[] {
  if (columns && columns.length > 0 && !ofDocuments) {
    return columns.map(column => advancedColumn(table, column));
  }
  const names = [properties ?? []].flat().flatMap(path => columnNames(table, path));
  return names.length > 0 ? names.map(plainColumn) : documentColumns(options);
}

function treeOf(columns: readonly IndexColumn[], unique: boolean): TableIndex {
  return { columns, ...(unique && { unique: columns.map(({ name }) => name) }) };
}

/** Options of MongoDB that leave documents out, or compare by other rules. */
const SELECTIVE = ['sparse', 'partialFilterExpression', 'collation', 'hidden'];

function isPlain({ where, expression, type, invisible, disabled, options }: EntityIndex): boolean {
  const isTree = type === undefined || type.toLowerCase() === 'btree';
  return (
    isTree && !where && !expression && !invisible && !disabled && !SELECTIVE.some(name => options && name in options)
  );
}

function advancedColumn(
  table: EntityMetadata,
  { name, sort, nulls, length, collation }: NonNullable<EntityIndex['columns']>[number],
): IndexColumn {
  const descending = sort?.toLowerCase() === 'desc';
  const isOther = collation !== undefined && collation !== propertyOf(table, name)?.collation;
  return {
    name: columnNames(table, name)[0] ?? name,
    descending,
    nullsFirst: nulls === undefined ? descending : nulls.toLowerCase() === 'first',
    ...(isOther && { collation }),
    ...(length !== undefined && { cut: true }),
  };
}

/** MongoDB's own way to write an index: `options: { country: 1, population: -1 }`, which the host hands on. */
function documentColumns(options: unknown): readonly IndexColumn[] {
  const [keys] = Array.isArray(options) ? options : [options];
  const entries: readonly (readonly [string, unknown])[] = typeof keys === 'object' && keys ? Object.entries(keys) : [];
  return entries.every(([, direction]) => direction === 1 || direction === -1)
    ? entries.map(([name, direction]) => ({ name, descending: direction === -1, nullsFirst: direction === -1 }))
    : [];
}

/** The same with the primary key behind its own columns, where the database keeps it there. */
function endedByKey(
  index: TableIndex,
  key: TableIndex,
  { primaryKeys, properties }: EntityMetadata,
  { endWithKey }: IndexTraits,
): TableIndex {
  const [only, ...others] = primaryKeys;
  const type = only !== undefined && others.length === 0 ? properties[only]?.columnTypes?.[0] : undefined;
  const ends =
    endWithKey === 'all' ||
    (endWithKey === 'not unique' && !index.unique) ||
    (endWithKey === 'of integer keys' && type?.toLowerCase() === 'integer');
  const behind = key.columns.filter(({ name }) => !index.columns.some(column => column.name === name));
  return ends ? { ...index, columns: [...index.columns, ...behind] } : index;
}

/** In the order of a B-tree of its own accord: ascending, nulls last where they are the largest. */
function plainColumn(name: string): IndexColumn {
  return { name, descending: false, nullsFirst: false };
}
