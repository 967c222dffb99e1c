import { TransactionContext, type EntityManager, type MikroORM } from '@mikro-orm/core';

/** What the host's own contexts tell about the code that is running. */
export interface HostContext {
  /** The EntityManager of the current request, when there is one. */
  readonly request: object | undefined;
  readonly inTransaction: boolean;
}

/** Reads the host's contexts for one ORM; those of another, even under the same context name, are not its own. */
export function hostContext(orm: MikroORM): HostContext {
  const request = requestOf(orm);
  const transaction = own(orm, TransactionContext.getEntityManager(orm.config.get('contextName')));
  return { request, inTransaction: (transaction ?? request)?.isInTransaction() ?? false };
}

/** The EntityManager of the current request, when there is one. */
export function requestOf(orm: MikroORM): EntityManager | undefined {
  return own(orm, orm.config.get('context')(orm.config.get('contextName')));
}

function own(orm: MikroORM, em: EntityManager | undefined): EntityManager | undefined {
  return em?.getDriver() === orm.driver ? em : undefined;
}
