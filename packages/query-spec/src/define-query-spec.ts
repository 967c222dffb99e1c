import { type EntityManager, type EntityMetadata, type EntityName, type Loaded, Utils } from '@mikro-orm/core';

import type { QuerySpec } from './ast.ts';
import { dialectOf } from './dialects/dialect-of.ts';
import { declaredMetadata } from './entity-metadata.ts';
import type { FieldPath, FilterList, RelationPath } from './field-paths.ts';
import { deepFreeze } from './freeze.ts';
import type { NullRule } from './matchers.ts';
import { totalOrder } from './order.ts';
import { type Page, type PageOptions, findPage } from './page.ts';
import { parseObject } from './parse-object.ts';
import { wireFormOf } from './parse-query-string.ts';
import { type PreparedQuery, requireKept } from './prepared-query.ts';
import { type AllowLists, type QueryModel, resolveModel } from './query-model.ts';
import { QuerySpecError } from './query-spec-error.ts';
import { rowLimits } from './row-limits.ts';
import { type HostCountOptions, type HostFindOptions, type Run, countRows, findRows } from './run.ts';
import { type StreamOptions, streamBatches } from './stream.ts';

/** What callers may ask for. Whatever is not listed is refused. */
export interface QuerySpecOptions<T extends object> {
  /** Fields that may be filtered by, each with its operators. Default: none. */
  readonly filter?: FilterList<T>;
  /** Fields that may be sorted by. Default: none. */
  readonly sort?: readonly FieldPath<T>[];
  /** Relations that may be populated. Default: none. */
  readonly populate?: readonly RelationPath<T>[];
  /**
   * Fields whose strings compare by the database's own rules, with its folding, padding and order: there the promise of
   * the same rows on every database is given up. `'native'` for all fields. Default: none.
   */
  readonly collation?: 'native' | { readonly [P in FieldPath<T>]?: 'native' };
  /** Whether a negated condition has the rows that are null: `'two-valued'`, or `'sql'` for no. Default two-valued. */
  readonly nulls?: NullRule;
  /** The largest `limit`, in rows. Default 1,000. */
  readonly maxLimit?: number;
  /** The `limit` of a spec that names none, in rows. Default 50, or `maxLimit` where that is lower. */
  readonly defaultLimit?: number;
  /** The largest `offset`, in rows. Default 10,000. */
  readonly maxOffset?: number;
  /** Signs cursors (HMAC-SHA-256), so that nobody can make one up. Same secret in each process. Default: unsigned. */
  readonly secret?: string;
}

/** The queries of one entity: reads them from outside, and runs them. */
export interface EntityQuery<T extends object> {
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
  /** How many rows the filters leave, whatever `limit` and `offset` are. */
  count(this: void, em: EntityManager, spec: QuerySpec<T>, options?: HostCountOptions<T>): Promise<number>;
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

/**
 * Defines what callers may ask of an entity. Names and operators are inferred from it: wrong ones do not compile.
 * @throws QuerySpecError `INVALID_DEFINITION` for limits or a secret that cannot be; fields are checked on first use
 */
export function defineQuerySpec<T extends object>(entity: EntityName<T>, options: QuerySpecOptions<T>): EntityQuery<T> {
  const limits = rowLimits(options);
  const rules = { secret: requireSecret(options.secret), maxLimit: limits.maxLimit };
  const issued = new WeakSet<QuerySpec<T>>();
  const model = lazyModel(entity, allowLists(options));

  const parse = (input: unknown): QuerySpec<T> => {
    const spec = deepFreeze(parseObject<T>(model(), limits, input));
    issued.add(spec);
    return spec;
  };
  const prepare = preparation(entity, options, model);
  const start = (em: EntityManager, spec: QuerySpec<T>): Run<T> => {
    if (!issued.has(spec)) {
      throw new QuerySpecError('FOREIGN_SPEC', 'This query runs only specs that it parsed itself; call parse() first.');
    }
    return { em, entity, query: prepare(em), spec };
  };

  return {
    prepare: em => void prepare(em),
    parse,
    fromQueryString: input => parse(wireFormOf(input)),
    async find(em, spec, findOptions = {}) {
      const run = start(em, spec);
      const { limit, offset } = spec;
      return limit === 0 ? [] : findRows(run, { order: totalOrder(run.query.model, spec), limit, offset }, findOptions);
    },
    async count(em, spec, countOptions = {}) {
      return countRows(start(em, spec), countOptions);
    },
    async page(em, spec, pageOptions = {}) {
      return findPage(start(em, spec), rules, pageOptions);
    },
    async *stream(em, spec, streamOptions = {}) {
      yield* streamBatches(start(em, spec), streamOptions);
    },
  };
}

function allowLists<T extends object>({
  filter = {},
  sort = [],
  populate = [],
  collation,
}: QuerySpecOptions<T>): AllowLists {
  const native = collation === 'native' ? true : new Set(Object.keys(collation ?? {}));
  return { filter, sort, populate, native };
}

/** Prepares the definition once for each ORM, which has its own platform. */
function preparation<T extends object>(
  entity: EntityName<T>,
  options: QuerySpecOptions<T>,
  model: (meta: EntityMetadata) => QueryModel,
): (em: EntityManager) => PreparedQuery {
  const prepared = new WeakMap<object, PreparedQuery>();
  return em => {
    const platform = em.getPlatform();
    const known = prepared.get(platform);
    if (known) {
      return known;
    }
    const dialect = dialectOf(em);
    const meta = requireMetadata(em, entity);
    model(meta);
    const query = { model: resolveModel(meta, allowLists(options)), dialect, nulls: options.nulls ?? 'two-valued' };
    requireKept(query);
    prepared.set(platform, query);
    return query;
  };
}

/** Resolves the model once, from the first metadata that is known: an ORM's, or the entity's own. */
function lazyModel<T extends object>(entity: EntityName<T>, lists: AllowLists): (meta?: EntityMetadata) => QueryModel {
  let model: QueryModel | undefined;
  return meta => (model ??= resolveModel(meta ?? requireDeclared(entity), lists));
}

function requireDeclared(entity: EntityName): EntityMetadata {
  const meta = declaredMetadata(entity);
  if (!meta) {
    const message = `${Utils.className(entity)} is declared by decorators; call prepare(orm.em) once after MikroORM.init().`;
    throw new QuerySpecError('UNKNOWN_ENTITY', message);
  }
  return meta;
}

function requireMetadata(em: EntityManager, entity: EntityName): EntityMetadata {
  const meta = em.getMetadata().find(entity);
  if (!meta) {
    throw new QuerySpecError('UNKNOWN_ENTITY', `${Utils.className(entity)} is not among the entities of this ORM.`);
  }
  return meta;
}

function requireSecret(secret: string | undefined): string | undefined {
  if (secret === '') {
    const message = 'The secret is empty at /secret; leave it out for unsigned cursors.';
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer: '/secret' });
  }
  return secret;
}
