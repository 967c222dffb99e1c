import { ReferenceKind, type EntityMetadata, type EntityProperty, type MetadataStorage } from '@mikro-orm/core';

import { annotationOf } from '../annotation.ts';
import { tableDependency, type TableDependency } from '../dependency.ts';
import { keyKindOf } from '../sql/row-key.ts';
import type { TableKey } from '../sql/row-statements.ts';

/** A foreign key by which the database itself changes `child` when rows of `parent` go or get another key. */
interface Cascade {
  readonly parent: TableDependency;
  readonly child: TableDependency;
  readonly columns: readonly string[];
}

/** What the metadata and the annotations say about tables. */
export interface TableGraph {
  /** Whether an entity, or a pivot table, is mapped to it, or an annotation names it. */
  isMapped(table: TableDependency): boolean;
  /** Whether an annotated entity is mapped to it or leads to it by relations or `dependsOn`, so that entries may depend on it. */
  isReachable(table: TableDependency): boolean;
  /** Whether the metadata declares triggers on it, which may write anything. */
  hasTriggers(table: TableDependency): boolean;
  /** The tables that the database may change by itself when rows of `table` are deleted; `table` itself by a cycle. */
  cascadesOf(table: TableDependency): readonly TableDependency[];
  /** The columns of `table` that foreign keys refer to. */
  keyColumnsOf(table: TableDependency): readonly string[];
  /** The primary key of a table, where rows can be told apart by it. */
  keyOf(table: TableDependency): TableKey | undefined;
  /**
   * The tables that a read of `table` depends on: itself, and what `dependsOn` names. Undefined when that is not known:
   * of a view without `dependsOn`, and of a table that no annotated entity leads to.
   */
  readsOf(table: TableDependency): readonly TableDependency[] | undefined;
}

export function tableGraph(metadata: MetadataStorage): TableGraph {
  const all = [...metadata.getAll().values()];
  const entities = all.filter(isTable);
  const declared = declaredDependencies(all, metadata);
  const named = [...declared.values()].flat().filter(table => table !== UNMAPPED);
  const views = new Set(all.filter(({ view }) => view).map(dependencyOf));
  const mapped = new Set([...entities.map(dependencyOf), ...named].filter(table => !views.has(table)));
  const reachable = new Set([...reachableFrom(all.filter(annotationOf), metadata), ...named]);
  const triggered = new Set(entities.filter(({ triggers }) => triggers?.length > 0).map(dependencyOf));
  const cascades = entities.flatMap(cascadesInto);
  const keys = new Map(entities.map(meta => [dependencyOf(meta), keysOf(entities, dependencyOf(meta))]));
  return {
    isMapped: table => mapped.has(table),
    isReachable: table => reachable.has(table),
    hasTriggers: table => triggered.has(table),
    cascadesOf: table => cascadeClosure(table, cascades),
    keyColumnsOf: table => cascades.filter(({ parent }) => parent === table).flatMap(({ columns }) => columns),
    keyOf: table => keys.get(table),
    readsOf: table => {
      const read = closure([table], met => declared.get(met) ?? []);
      const isKnown = read.every(met => declared.has(met) || (reachable.has(met) && !views.has(met)));
      return isKnown ? read : undefined;
    },
  };
}

/** What `dependsOn` says, by the table or view of the annotated entity. */
function declaredDependencies(
  all: readonly EntityMetadata[],
  metadata: MetadataStorage,
): ReadonlyMap<TableDependency, readonly TableDependency[]> {
  const declared = new Map<TableDependency, readonly TableDependency[]>();
  for (const meta of all) {
    const { dependsOn } = annotationOf(meta) ?? {};
    if (!dependsOn || !meta.tableName) continue;
    const named = dependsOn.map(target =>
      typeof target === 'string' ? tableDependency(target) : tableOf(metadata.find(target)),
    );
    declared.set(dependencyOf(meta), [...(declared.get(dependencyOf(meta)) ?? []), ...named]);
  }
  return declared;
}

/** An entity of another ORM, whose table is not known here: what depends on it is not cached. */
const UNMAPPED: TableDependency = 'table:';

function tableOf(meta: EntityMetadata | undefined): TableDependency {
  return meta?.tableName ? dependencyOf(meta) : UNMAPPED;
}

/** Entities of several schemas or classes can share a table's name; then their keys have to be alike. */
function keysOf(entities: readonly EntityMetadata[], table: TableDependency): TableKey | undefined {
  const [first, ...others] = entities.filter(meta => dependencyOf(meta) === table).map(keyOf);
  return others.every(other => other?.column === first?.column && other?.kind === first?.kind) ? first : undefined;
}

function keyOf(meta: EntityMetadata): TableKey | undefined {
  const [key, ...more] = meta.getPrimaryProps();
  const [column, ...columns] = key?.fieldNames ?? [];
  const kind = keyKindOf(key?.columnTypes?.[0] ?? '');
  if (more.length + columns.length > 0 || column === undefined || !kind) return undefined;
  return { column, kind };
}

/** A view changes with tables that the metadata does not name. */
function isTable(meta: EntityMetadata): boolean {
  return Boolean(meta.tableName) && !meta.embeddable && !meta.virtual && !meta.view;
}

function dependencyOf(meta: EntityMetadata): TableDependency {
  return tableDependency(meta.tableName);
}

function reachableFrom(start: readonly EntityMetadata[], metadata: MetadataStorage): ReadonlySet<TableDependency> {
  const met = new Set<EntityMetadata>(start);
  for (const meta of met) for (const next of neighbours(meta, metadata)) met.add(next);
  return new Set([...met].filter(isTable).map(dependencyOf));
}

function neighbours(meta: EntityMetadata, metadata: MetadataStorage): EntityMetadata[] {
  const related = meta.relations.flatMap(relation => [
    ...targetsOf(relation),
    ...(relation.pivotEntity ? [metadata.find(relation.pivotEntity)] : []),
  ]);
  const inherited = [meta.root, meta.tptParent, ...(meta.allTPTDescendants ?? [])];
  return [...related, ...inherited].filter(found => found !== undefined);
}

function targetsOf(relation: EntityProperty): (EntityMetadata | undefined)[] {
  return relation.polymorphTargets ?? [relation.targetMeta];
}

const INERT = new Set(['no action', 'restrict']);

/** A rule that is not written down may still be in the database, so only an explicit `no action` is believed. */
function cascadesInto(meta: EntityMetadata): Cascade[] {
  const child = dependencyOf(meta);
  const keys = meta.relations.filter(({ owner, kind, deleteRule, updateRule }) => {
    const ownsKey = kind === ReferenceKind.MANY_TO_ONE || (kind === ReferenceKind.ONE_TO_ONE && owner);
    return ownsKey && !(INERT.has(deleteRule ?? '') && INERT.has(updateRule ?? ''));
  });
  const relations = keys.flatMap(relation =>
    targetsOf(relation).flatMap(target =>
      target ? [{ parent: dependencyOf(target), child, columns: relation.referencedColumnNames ?? [] }] : [],
    ),
  );
  return meta.tptParent ? [...relations, inheritance(meta, meta.tptParent)] : relations;
}

/** Table-per-type inheritance: a child's row goes with its parent's. */
function inheritance(meta: EntityMetadata, parent: EntityMetadata): Cascade {
  const columns = parent.getPrimaryProps().flatMap(({ fieldNames }) => fieldNames);
  return { parent: dependencyOf(parent), child: dependencyOf(meta), columns };
}

function cascadeClosure(table: TableDependency, cascades: readonly Cascade[]): TableDependency[] {
  const childrenOf = (parent: TableDependency): TableDependency[] =>
    cascades.flatMap(cascade => (cascade.parent === parent ? [cascade.child] : []));
  return closure(childrenOf(table), childrenOf);
}

function closure(
  start: readonly TableDependency[],
  next: (table: TableDependency) => readonly TableDependency[],
): TableDependency[] {
  const met = new Set(start);
  for (const table of met) for (const found of next(table)) met.add(found);
  return [...met];
}
