import type { EntityMetadata, MetadataStorage } from '@mikro-orm/core';

import type { Statement } from './statement.ts';

/** Which entity a table belongs to, read from the metadata on first use. */
export class EntityTables {
  readonly #metadata: () => MetadataStorage | undefined;
  #byTable: ReadonlyMap<string, string | undefined> | undefined;

  constructor(metadata: () => MetadataStorage | undefined) {
    this.#metadata = metadata;
  }

  /** Class name of the only entity mapped to the first of these tables, if there is exactly one. */
  entityOf(tables: Statement['tables']): string | undefined {
    const [first] = tables;
    if (tables === 'unknown' || first === undefined) return undefined;
    return this.#index()?.get(first);
  }

  #index(): ReadonlyMap<string, string | undefined> | undefined {
    if (this.#byTable) return this.#byTable;
    const metadata = this.#metadata();
    if (metadata) this.#byTable = indexByTable([...metadata.getAll().values()]);
    return this.#byTable;
  }
}

function indexByTable(entities: readonly EntityMetadata[]): ReadonlyMap<string, string | undefined> {
  const byTable = new Map<string, string | undefined>();
  for (const { tableName, schema, className, pivotTable, embeddable } of entities) {
    if (!tableName || pivotTable || embeddable) continue;
    const names = schema ? [tableName, `${schema}.${tableName}`] : [tableName];
    for (const name of names) byTable.set(name, byTable.has(name) ? undefined : className);
  }
  return byTable;
}
