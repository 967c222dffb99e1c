import { type EntityManager, type EntityMetadata, type EntityName, Utils } from '@mikro-orm/core';

import { dialectOf } from '../dialects/dialect-of.ts';
import { QuerySpecError } from '../query-spec-error.ts';
import { declaredMetadata } from './entity-metadata.ts';
import { type PreparedQuery, prepareQuery } from './prepared-query.ts';
import { queryLimits } from './query-limits.ts';
import { type AllowLists, type QueryModel, resolveModel } from './query-model.ts';
import type { DeclaredTypes, QuerySpecOptions } from './query-spec-options.ts';

/** A definition, resolved as far as its entity's metadata is known. */
export interface Definition {
  /** What `parse` goes by, from the first metadata that is known: an ORM's, or the entity's own. */
  model(): QueryModel;
  /** Checks the definition once for each ORM, which has its own platform. */
  prepare(em: EntityManager): PreparedQuery;
}

/**
 * Fields are checked on first use, and what else `check` looks at in the model.
 * @throws QuerySpecError `INVALID_DEFINITION` for limits that cannot be
 */
export function definitionOf<T extends object, D extends DeclaredTypes<T>>(
  entity: EntityName<T>,
  options: QuerySpecOptions<T, D>,
  check: (model: QueryModel) => void,
): Definition {
  const limits = queryLimits(options, options.limits ?? {});
  const lists = allowLists(options);
  const prepared = new WeakMap<object, PreparedQuery>();
  let model: QueryModel | undefined;
  const resolve = (meta: EntityMetadata): QueryModel => {
    const resolved = resolveModel(meta, lists, limits);
    check(resolved);
    return resolved;
  };

  return {
    model: () => (model ??= resolve(requireDeclared(entity))),
    prepare(em) {
      const platform = em.getPlatform();
      const known = prepared.get(platform);
      if (known) {
        return known;
      }
      const dialect = dialectOf(em);
      const ofOrm = resolve(requireMetadata(em, entity));
      const query = prepareQuery(ofOrm, dialect, options.nulls ?? 'two-valued');
      model ??= ofOrm;
      prepared.set(platform, query);
      return query;
    },
  };
}

function allowLists<T extends object, D extends DeclaredTypes<T>>(options: QuerySpecOptions<T, D>): AllowLists {
  const { filter = {}, sort = [], populate = [], fields = [], aliases = {}, types = {}, collation } = options;
  const native = collation === 'native' ? true : new Set(Object.keys(collation ?? {}));
  return { filter, sort, populate, fields, aliases, types, native };
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
