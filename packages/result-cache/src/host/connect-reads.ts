import { EntityManager, type MikroORM } from '@mikro-orm/core';

import { annotationOf } from '../annotation.ts';
import type { Lifetime } from '../entries/lifetime.ts';
import { connectMongoReads } from '../mongo/connect-mongo-reads.ts';
import { cachingMongoEntityManager, isMongoEntityManagerClass } from '../mongo/mongo-entity-manager.ts';
import { isMongoDriver } from '../mongo/mongo-seam.ts';
import type { CachedReads } from '../reads/cached-reads.ts';
import { ReadScopes, scopeOf } from '../reads/read-scope.ts';
import { interceptReads, isSqlDriver, type QueryHooks } from '../sql/query-builder-seam.ts';
import { SqlReads, type SqlReadContext } from '../sql/sql-read.ts';
import type { WrappedRuns } from '../wrap/wrapped-runs.ts';
import type { WriteLedger } from '../writes/write-ledger.ts';
import { cachingEntityManager, type CallScopes, type HostCall } from './caching-entity-manager.ts';
import { freshLoader } from './fresh-loader.ts';
import { type Fresh, freshReadsOf } from './fresh-reads.ts';
import { entityManagerClassOf } from './host-entity-manager.ts';
import type { TableGraph } from './table-graph.ts';

/** What stands between the host's reads and the cache. */
export interface ReadConnections {
  readonly orm: MikroORM;
  readonly reads: CachedReads;
  readonly ledger: WriteLedger;
  readonly runs: WrappedRuns;
  readonly sql: SqlReadContext | undefined;
  readonly lifetime: Lifetime;
  readonly loadFrom: 'primary' | 'replicas';
  readonly graph: () => TableGraph;
  readonly warn: (message: string) => void;
}

/** Has the reads of the host's driver and EntityManager go through the cache. */
export function connectReads(connections: ReadConnections): void {
  const { orm, sql, warn } = connections;
  const { config, driver } = orm;
  const scopes = new ReadScopes();
  const calls = callScopes(connections, scopes);
  const Base = entityManagerClassOf(orm);
  const Caching = Base && cachingEntityManager(Base, calls);
  if (Caching && sql && isSqlDriver(driver)) {
    interceptReads(driver, queryHooks(connections, new SqlReads(sql), scopes, calls));
    config.set('entityManager', Caching);
  } else if (Caching && isMongoEntityManagerClass(Caching) && isMongoDriver(driver)) {
    connectMongoReads({ ...connections, driver, scopes });
    config.set('entityManager', cachingMongoEntityManager(Caching, calls));
  } else {
    warn(
      `${driver.constructor.name} is not a driver of a known shape, so no entities are cached; wrapped functions are.`,
    );
  }
}

function queryHooks(
  { orm, reads, loadFrom }: ReadConnections,
  sql: SqlReads,
  scopes: ReadScopes,
  calls: CallScopes,
): QueryHooks {
  const fresh = (): Fresh | undefined => (loadFrom === 'replicas' ? freshReadsOf(orm) : undefined);
  const hasReplicas = (orm.config.get('replicas') ?? []).length > 0;
  return {
    isReading: () => scopes.current() !== undefined,
    read: (read, send) => {
      const scope = scopes.current();
      if (!scope || !sql.isRead(read)) return send('chosen');
      const describe = () => (read.inTransaction ? 'transaction' : sql.describe(read));
      const loader = hasReplicas ? freshLoader(send, read.signal, fresh) : { load: () => send('chosen') };
      return reads.readIn(scope, describe, loader, read.signal);
    },
    runOwn: (query, execute) => {
      const call: HostCall = { method: 'queryBuilder', where: undefined, options: query.state };
      if (query.em instanceof EntityManager) calls.reading(query.em);
      return calls.run(query.mainAlias.entityName, call, query.em, execute);
    },
    runCollection: (entity, options, load) => {
      const outer = scopes.current();
      // What is not part of a read has no EntityManager here. Where the host sets the context by transactions, a
      // collection of a session with one is loaded in a transaction.
      if (!outer && orm.config.get('sessionContext') === 'connection') return load();
      const session = outer?.kind === 'cached' ? outer.policy.session : undefined;
      const reader = { getSessionContext: () => session };
      return calls.run(entity, { method: 'collection', where: undefined, options }, reader, load);
    },
  };
}

function callScopes({ orm, ledger, reads, runs, lifetime }: ReadConnections, scopes: ReadScopes): CallScopes {
  return {
    current: () => scopes.current(),
    lazily: call => scopes.lazily(call),
    reading: em => runs.reading(em),
    run: (entity, { method, where, options }, reader, run) => {
      const meta = orm.getMetadata().find(entity);
      const annotation = annotationOf(meta);
      const outer = scopes.current();
      if (!annotation && !outer) return run();
      if (annotation && meta?.virtual) reads.bypass('virtual entity');
      const read = { entity: meta?.className ?? '', method, where, options: { ...options } };
      const session = reader?.getSessionContext();
      const isRefresh = scopes.isRefresh(options);
      return scopes.run(scopeOf({ annotation, options, isRefresh, session, lifetime, read }, outer), run);
    },
    dropKey: name => ledger.renew([`key:${name}`]),
  };
}
