import type { EntityManager, MikroORM } from '@mikro-orm/core';

/** The class of which the host makes its EntityManagers. */
export type EntityManagerClass = new (...args: ConstructorParameters<typeof EntityManager>) => EntityManager;

/**
 * The class that this ORM would use: the user's own, or that of the driver. The driver names its class only while it
 * makes one, so it is asked to, with a configuration that notes the name and yields nothing.
 */
export function entityManagerClassOf(orm: MikroORM): EntityManagerClass | undefined {
  let found: unknown;
  const config = {
    get: (_option: string, fallback: unknown) => {
      found = orm.config.get('entityManager') ?? fallback;
      return Object;
    },
  };
  orm.driver.createEntityManager.call(Object.create(orm.driver, { config: { value: config } }));
  return isEntityManagerClass(found) ? found : undefined;
}

const OVERRIDDEN = ['find', 'findOne', 'count', 'refresh', 'tryCache', 'storeCache', 'clearCache', 'getSessionContext'];

function isEntityManagerClass(value: unknown): value is EntityManagerClass {
  if (typeof value !== 'function') return false;
  const prototype: unknown = value.prototype;
  return typeof prototype === 'object' && prototype !== null && OVERRIDDEN.every(method => method in prototype);
}
