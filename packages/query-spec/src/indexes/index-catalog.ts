import { type EntityMetadata, ReferenceKind, type MetadataStorage, type EntityProperty } from '@mikro-orm/core';

import { propertyOf } from '../definition/entity-metadata.ts';
import type { IndexTraits } from '../dialects/index-traits.ts';
import type { AssumedIndexes } from './assumed-indexes.ts';
import { columnNames } from './column-names.ts';
import { metadataIndexes } from './metadata-indexes.ts';
import type { TableIndex } from './table-index.ts';

/** Where the links of a to-many relation are kept. */
export interface LinkTable {
  readonly meta: EntityMetadata;
  /** The columns that name the owner. */
  readonly columns: readonly string[];
}

/** The indexes of an ORM's entities, read when they are asked for. */
export class IndexCatalog {
  readonly #storage: MetadataStorage;
  readonly #traits: IndexTraits;
  readonly #assumed: AssumedIndexes;
  readonly #known = new Map<EntityMetadata, readonly TableIndex[]>();

  constructor(storage: MetadataStorage, traits: IndexTraits, assumed: AssumedIndexes) {
    this.#storage = storage;
    this.#traits = traits;
    this.#assumed = assumed;
  }

  indexesOf(meta: EntityMetadata): readonly TableIndex[] {
    const known = this.#known.get(meta);
    if (known) {
      return known;
    }
    const indexes = [...(this.#assumed.get(meta) ?? []), ...metadataIndexes(meta, this.#traits)];
    this.#known.set(meta, indexes);
    return indexes;
  }

  /** Whether an index begins with these columns, in any order. */
  hasPrefix(meta: EntityMetadata, columns: readonly string[]): boolean {
    return this.indexesOf(meta).some(index => {
      const first = index.columns.slice(0, columns.length);
      return first.length === columns.length && first.every(({ name }) => columns.includes(name));
    });
  }

  /** Where the links of a to-many relation are kept; `undefined` when an entity's own columns hold them. */
  linkTable({ pivotEntity, kind, targetMeta, mappedBy, joinColumns }: EntityProperty): LinkTable | undefined {
    if (kind === ReferenceKind.MANY_TO_MANY) {
      return pivotEntity ? { meta: this.#storage.get(pivotEntity), columns: joinColumns } : undefined;
    }
    return (
      targetMeta && { meta: targetMeta, columns: columnNames(targetMeta, propertyOf(targetMeta, mappedBy)?.name ?? '') }
    );
  }
}

/** The columns that are one value in every row of an entity: what tells its class where it has the table with others. */
export function givenColumns(meta: EntityMetadata): ReadonlySet<string> {
  const { root } = meta;
  const isLeaf = root !== meta && root.inheritanceType === 'sti' && !hasSubclasses(meta);
  return new Set(isLeaf && root.discriminatorColumn !== undefined ? columnNames(root, root.discriminatorColumn) : []);
}

function hasSubclasses({ root, class: own }: EntityMetadata): boolean {
  return Object.values(root.discriminatorMap ?? {}).some(
    other => typeof other === 'function' && Object.prototype.isPrototypeOf.call(own, other),
  );
}
