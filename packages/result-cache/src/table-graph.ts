import { ReferenceKind, type EntityMetadata, type EntityProperty, type MetadataStorage } from '@mikro-orm/core';

import { annotationOf } from './annotation.ts';
import { tableDependency, type Dependency } from './dependency.ts';

/** A foreign key by which the database itself changes `child` when rows of `parent` go or get another key. */
interface Cascade {
  readonly parent: Dependency;
  readonly child: Dependency;
  readonly columns: readonly string[];
}

/** What the metadata says about tables. */
export interface TableGraph {
  /** Whether an entity, or a pivot table, is mapped to it. */
  isMapped(table: Dependency): boolean;
  /** Whether an annotated entity is mapped to it or leads to it by relations, so that entries may depend on it. */
  isReachable(table: Dependency): boolean;
  /** Whether the metadata declares triggers on it, which may write anything. */
  hasTriggers(table: Dependency): boolean;
  /** The tables that the database may change by itself when rows of `table` are deleted; not `table` itself. */
  cascadesOf(table: Dependency): readonly Dependency[];
  /** The columns of `table` that foreign keys refer to. */
  keyColumnsOf(table: Dependency): readonly string[];
}

export function tableGraph(metadata: MetadataStorage): TableGraph {
  const entities = [...metadata.getAll().values()].filter(isTable);
  const mapped = new Set(entities.map(dependencyOf));
  const reachable = reachableFrom(entities.filter(annotationOf), metadata);
  const triggered = new Set(entities.filter(({ triggers }) => triggers?.length > 0).map(dependencyOf));
  const cascades = entities.flatMap(cascadesInto);
  return {
    isMapped: table => mapped.has(table),
    isReachable: table => reachable.has(table),
    hasTriggers: table => triggered.has(table),
    cascadesOf: table => cascadeClosure(table, cascades),
    keyColumnsOf: table => cascades.filter(({ parent }) => parent === table).flatMap(({ columns }) => columns),
  };
}

/** A view changes with tables that the metadata does not name. */
function isTable(meta: EntityMetadata): boolean {
  return Boolean(meta.tableName) && !meta.embeddable && !meta.virtual && !meta.view;
}

function dependencyOf(meta: EntityMetadata): Dependency {
  return tableDependency(meta.tableName);
}

function reachableFrom(start: readonly EntityMetadata[], metadata: MetadataStorage): ReadonlySet<Dependency> {
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

function cascadeClosure(table: Dependency, cascades: readonly Cascade[]): Dependency[] {
  const met = new Set([table]);
  for (const parent of met) {
    for (const cascade of cascades) if (cascade.parent === parent) met.add(cascade.child);
  }
  return [...met].filter(found => found !== table);
}
