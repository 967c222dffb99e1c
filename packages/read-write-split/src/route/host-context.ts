import { TransactionContext, type EntityManager, type MikroORM } from '@mikro-orm/core';

/** What the host's own contexts tell about the code that is running. */
export interface HostContext {
  /** The EntityManager of the current request, when there is one. */
  readonly request: object | undefined;
  readonly inTransaction: boolean;
}

/** Reads the host's contexts for one ORM; those of another, even under the same context name, are not its own. */
export function hostContext(orm: MikroORM): HostContext {
  const name = orm.config.get('contextName');
  const request = own(orm, orm.config.get('context')(name));
  const transaction = own(orm, TransactionContext.getEntityManager(name));
  return { request, inTransaction: (transaction ?? request)?.isInTransaction() ?? false };
}

function own(orm: MikroORM, em: EntityManager | undefined): EntityManager | undefined {
  return em?.getDriver() === orm.driver ? em : undefined;
}
