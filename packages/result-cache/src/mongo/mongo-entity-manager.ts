import type { EntityName } from '@mikro-orm/core';

import type { CallScopes } from '../host/caching-entity-manager.ts';
import type { EntityManagerClass } from '../host/host-entity-manager.ts';

/** The EntityManager of `@mikro-orm/mongodb`, as far as it reads in ways of its own (`MongoEntityManager`, 7.2). */
export type MongoEntityManagerClass = new (
  ...args: ConstructorParameters<EntityManagerClass>
) => InstanceType<EntityManagerClass> & {
  aggregate(entity: EntityName, pipeline: unknown): Promise<unknown>;
};

export function isMongoEntityManagerClass(value: EntityManagerClass): value is MongoEntityManagerClass {
  return 'aggregate' in value.prototype && 'countBy' in value.prototype;
}

type Counts = Record<string, number>;

/** `Base`, with its aggregations run in the scopes of the cache. */
export function cachingMongoEntityManager(Base: MongoEntityManagerClass, scopes: CallScopes): EntityManagerClass {
  return class CachingMongoEntityManager extends Base {
    override aggregate(entity: EntityName, pipeline: unknown): Promise<unknown> {
      const call = { method: 'aggregate', where: pipeline, options: {} } as const;
      return scopes.run(entity, call, this, () => super.aggregate(entity, pipeline));
    }

    override countBy(entity: EntityName, groupBy: never, options: { readonly where?: unknown } = {}): Promise<Counts> {
      const call = { method: 'count', where: options.where, options } as const;
      return scopes.run(entity, call, this, () => super.countBy(entity, groupBy, options));
    }
  };
}
