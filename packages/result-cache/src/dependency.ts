/**
 * What an entry can depend on, as text: `table:city`, `tag:geo` (of an annotation), `key:cities` (a named key of the
 * host's `cache` option), and `all`, on which every entry depends.
 */
export type Dependency = 'all' | `table:${string}` | `tag:${string}` | `key:${string}`;

export const ALL: Dependency = 'all';

/**
 * A table's dependency, by its bare name in lower case: two names that a database could take for one table never count
 * as two. Tables of one name in several schemas share it.
 */
export function tableDependency(table: string): Dependency {
  return `table:${table.slice(table.lastIndexOf('.') + 1).toLowerCase()}`;
}
