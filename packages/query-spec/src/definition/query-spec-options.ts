import type { RequireIndexed } from '../indexes/require-indexed.ts';
import type { DeclaredPath } from '../inference/declared-paths.ts';
import type { CollectionPath, FieldPath, FilterList, FilterPath, RelationPath } from '../inference/field-paths.ts';
import type { NullRule } from '../translate/matchers.ts';
import type { DeclaredType } from './declared-type.ts';
import type { SizeLimits } from './query-limits.ts';

/** Types of JSON paths and lists. */
export type DeclaredTypes<T> = { readonly [P in DeclaredPath<T>]?: DeclaredType };

/** What callers may ask for. Whatever is not listed is refused. */
export interface QuerySpecOptions<T extends object, D extends DeclaredTypes<T> = {}> {
  /** Fields that may be filtered by, each with its operators. Default: none. */
  readonly filter?: FilterList<T, NoInfer<D>>;
  /**
   * The types of JSON paths and lists in `filter`, which the database does not know:
   * `{ 'profile.age': 'number', tags: 'string[]' }`. A value of another type counts as null. Default: none.
   */
  readonly types?: D & { readonly [P in Exclude<keyof D, DeclaredPath<T>>]: never };
  /** Fields that may be sorted by. Default: none. */
  readonly sort?: readonly FieldPath<T>[];
  /** Relations that may be populated. Default: none. */
  readonly populate?: readonly RelationPath<T>[];
  /**
   * Fields that a caller may choose to load alone; hidden ones too, when named here, which the host keeps out of JSON all the
   * same. Default: none may be chosen.
   */
  readonly fields?: readonly FieldPath<T>[];
  /** Further names on the wire for what is listed above: `{ created_at: 'createdAt' }`. Default: none. */
  readonly aliases?: Readonly<
    Record<string, (keyof NoInfer<D> & string) | FilterPath<T> | RelationPath<T> | CollectionPath<T>>
  >;
  /** What stands for the parameters that a caller leaves out or empty. They count as the caller's own. Default: none. */
  readonly defaults?: QuerySpecDefaults;
  /**
   * Fields whose strings compare by the database's own rules, with its folding, padding and order: there the promise of
   * the same rows on every database is given up. `'native'` for all fields. Default: none.
   */
  readonly collation?: 'native' | { readonly [P in FilterPath<T>]?: 'native' };
  /** Whether a negated condition has the rows that are null: `'two-valued'`, or `'sql'` for no. Default two-valued. */
  readonly nulls?: NullRule;
  /** The largest `limit`, in rows. Default 1,000. */
  readonly maxLimit?: number;
  /** The `limit` of a spec that names none, in rows. Default 50, or `maxLimit` where that is lower. */
  readonly defaultLimit?: number;
  /** The largest `offset`, in rows. Default 10,000. */
  readonly maxOffset?: number;
  /** How large a query may be; each can be lowered. Default: see {@link SizeLimits}. */
  readonly limits?: { readonly [K in keyof SizeLimits]?: number };
  /**
   * What becomes of a spec that no index of the entity's metadata serves: `'refuse'` throws `NOT_INDEXED`, `'report'` warns
   * in the host's log, and a function is told instead; both once for each shape. Default: nothing is looked at.
   */
  readonly requireIndexed?: RequireIndexed;
  /**
   * Indexes that the metadata do not tell of, each as its fields in their order: partial ones, expressions, of JSON, of
   * other kinds than a B-tree. Whatever is asked of their fields counts as served, and so does each direction. Default: none.
   */
  readonly assumeIndexed?: readonly (readonly ((keyof NoInfer<D> & string) | FilterPath<T> | RelationPath<T>)[])[];
  /** Signs cursors (HMAC-SHA-256), so that nobody can make one up. Same secret in each process. Default: unsigned. */
  readonly secret?: string;
}

/** Parameters in the wire form. They are checked like a caller's. */
export interface QuerySpecDefaults {
  readonly filters?: object;
  readonly orderBy?: string | object;
  readonly populate?: string | readonly string[];
  readonly fields?: string | readonly string[];
}
