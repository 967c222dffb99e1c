/**
 * What an entry can depend on, as text. Every entry depends on `all`. `table:city` changes with every write to the table;
 * `row:city:7` with a write that is known to touch that row, `bulk:city` with a write whose rows are not known, so that a
 * read by key can depend on its rows alone. `tag:geo` is a tag of an annotation, `key:cities` a named key of the host's
 * `cache` option or of `wrap`.
 */
export type Dependency =
  | 'all'
  | `table:${string}`
  | `bulk:${string}`
  | `row:${string}`
  | `tag:${string}`
  | `key:${string}`;

export type TableDependency = Dependency & `table:${string}`;

export const ALL = 'all' satisfies Dependency;

/**
 * A table's dependency, by its bare name in lower case: two names that a database could take for one table never count
 * as two. Tables of one name in several schemas share it.
 */
export function tableDependency(table: string): TableDependency {
  return `table:${table.slice(table.lastIndexOf('.') + 1).toLowerCase()}`;
}

/** Of the writes to a table whose rows are not known. */
export function bulkDependency(table: TableDependency): Dependency {
  return `bulk:${table.slice('table:'.length)}`;
}

/** Of one row, by its key as `rowKey` writes it. */
export function rowDependency(table: TableDependency, key: string): Dependency {
  return `row:${table.slice('table:'.length)}:${key}`;
}
