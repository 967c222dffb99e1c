import type { EntityManager, Loaded } from '@mikro-orm/core';

import type { StandardSchema } from './parse/standard-schema.ts';
import type { List, ListOptions } from './run/list.ts';
import type { Page, PageOptions } from './run/page.ts';
import type { HostCountOptions, HostFindOptions } from './run/run.ts';
import type { StreamOptions } from './run/stream.ts';
import type { QuerySpec } from './spec/ast.ts';

/** The queries of one entity: reads them from outside, and runs them. It is a Standard Schema as well. */
export interface EntityQuery<T extends object> extends StandardSchema<unknown, QuerySpec<T>> {
  /**
   * Checks the definition against the ORM's metadata and database now instead of on first use. Call it at start; entities
   * declared by decorators need it before the first `parse`.
   * @throws QuerySpecError `INVALID_DEFINITION`, `UNKNOWN_ENTITY` or `UNSUPPORTED_DATABASE`
   */
  prepare(this: void, em: EntityManager): void;
  /**
   * Reads the wire form. Runs no code of the input and sends no query.
   * @throws QuerySpecError for everything that is not allowed
   */
  parse(this: void, input: unknown): QuerySpec<T>;
  /**
   * Reads `filter[population][gt]=1000000&sort=-population&limit=50` into the same spec as {@link EntityQuery.parse}.
   * @throws QuerySpecError for everything that is not allowed
   */
  fromQueryString(this: void, input: string | URLSearchParams): QuerySpec<T>;
  /** The rows from `offset`, at most `limit`. The EntityManager's filters hold. A limit of 0 sends no query. */
  find(this: void, em: EntityManager, spec: QuerySpec<T>, options?: HostFindOptions<T>): Promise<Loaded<T>[]>;
  /** The first row from `offset`, whatever `limit` is, or `null`. */
  findOne(this: void, em: EntityManager, spec: QuerySpec<T>, options?: HostFindOptions<T>): Promise<Loaded<T> | null>;
  /** How many rows the filters leave, whatever `limit` and `offset` are. */
  count(this: void, em: EntityManager, spec: QuerySpec<T>, options?: HostCountOptions<T>): Promise<number>;
  /** The rows from `offset`, at most `limit`, with how many there are in all. */
  list(this: void, em: EntityManager, spec: QuerySpec<T>, options?: ListOptions & HostFindOptions<T>): Promise<List<T>>;
  /**
   * One page by cursor: as fast at the end as at the start, and no row twice or never while others come and go.
   * @throws QuerySpecError `INVALID_CURSOR`, `FOREIGN_CURSOR` or `UNSUPPORTED_KEYSET`
   */
  page(this: void, em: EntityManager, spec: QuerySpec<T>, options?: PageOptions & HostFindOptions<T>): Promise<Page<T>>;
  /**
   * Every row that the filters leave, in batches, whatever `limit` is. Entities are not kept in the identity map, so that
   * memory stays bounded; `disableIdentityMap: false` keeps them.
   * @throws QuerySpecError `UNSUPPORTED_KEYSET`, when the first batch is asked for
   */
  stream(
    this: void,
    em: EntityManager,
    spec: QuerySpec<T>,
    options?: StreamOptions & HostFindOptions<T>,
  ): AsyncGenerator<Loaded<T>[], void, void>;
}
