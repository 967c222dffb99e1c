import { EntitySchema, type EntityMetadata, type EntityName } from '@mikro-orm/core';

import { ResultCacheError } from './result-cache-error.ts';

/** How the reads of one entity are cached. */
export interface CacheableOptions {
  /** How long an entry may be served when nothing was written, in milliseconds. Default: that of `resultCache()`. */
  readonly expiration?: number;
  /** Of an entry that says that there is nothing (`null`, `[]`, a count of 0), in milliseconds. Default: that of `resultCache()`. */
  readonly negativeExpiration?: number;
  /** Names under which `getResultCache(orm).invalidate({ tag })` drops the entity's entries. Default none. */
  readonly tags?: readonly string[];
  /**
   * What the entity's rows change with, besides what its statements name: the tables behind a view, behind a function in
   * a formula, or that a trigger writes from. Entities, or names of tables. A view is cached only with it.
   */
  readonly dependsOn?: readonly (EntityName | string)[];
  /** Which reads are cached; those that it answers `false`, or throws for, go to the database. Default: all. */
  readonly when?: (read: AnnotatedRead) => boolean;
}

/** A call that reads an annotated entity, as {@link CacheableOptions.when} is asked about it. */
export interface AnnotatedRead {
  /** Class name of the entity. */
  readonly entity: string;
  readonly method: 'find' | 'findOne' | 'count' | 'collection' | 'queryBuilder' | 'aggregate';
  /** As the call gave it, of `aggregate` the pipeline; undefined for `collection` and `queryBuilder`. */
  readonly where: unknown;
  /** As the call gave them. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** A class, or what `defineEntity` and `new EntitySchema` return. */
export type CacheableTarget = EntitySchema | (abstract new (...args: never[]) => object);

// Kept on the class itself and under a global name, so that a second installed copy of this package sees it.
const ANNOTATION = Symbol.for('@mikro-kit/result-cache/annotation');

/**
 * Has the reads of an entity cached by every ORM that registers `resultCache()`. Call it before `MikroORM.init`.
 * A subclass is cached as its parent is, unless it has an annotation of its own.
 *
 * @throws ResultCacheError `NOT_AN_ENTITY`, `INVALID_OPTION`
 */
export function cacheable<Target extends CacheableTarget>(target: Target, options: CacheableOptions = {}): Target {
  const { expiration, negativeExpiration } = options;
  for (const [name, value] of Object.entries({ expiration, negativeExpiration })) {
    if (value === undefined || value > 0) continue;
    throw new ResultCacheError('INVALID_OPTION', `cacheable: ${name} must be more than 0 milliseconds, got ${value}.`);
  }
  Object.defineProperty(classOf(target), ANNOTATION, { value: options, configurable: true });
  return target;
}

/**
 * {@link cacheable} as a class decorator, for ES (`@mikro-orm/decorators/es`) and legacy decorators.
 *
 * @throws ResultCacheError `INVALID_OPTION`
 */
export function Cacheable(options: CacheableOptions = {}) {
  return (target: abstract new (...args: never[]) => object): void => {
    cacheable(target, options);
  };
}

/** What an entity was annotated with. */
export function annotationOf(meta: EntityMetadata | undefined): CacheableOptions | undefined {
  const found: unknown = meta?.class && Reflect.get(meta.class, ANNOTATION);
  return isAnnotation(found) ? found : undefined;
}

function isAnnotation(value: unknown): value is CacheableOptions {
  return typeof value === 'object' && value !== null;
}

function classOf(target: CacheableTarget): object {
  if (typeof target === 'function') return target;
  if (EntitySchema.is(target) && target.meta.class) return target.meta.class;
  throw new ResultCacheError(
    'NOT_AN_ENTITY',
    'cacheable: expected an entity class or schema; one made with `new EntitySchema({ name })` needs its `class` set first.',
  );
}
