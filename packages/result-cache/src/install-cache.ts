import { AsyncLocalStorage } from 'node:async_hooks';

import { ensureTap } from '@mikro-kit/statement-tap';
import type { EntityMetadata, EntityName, MikroORM } from '@mikro-orm/core';

import { annotationOf } from './annotation.ts';
import { CachedReads, type Explanation } from './cached-reads.ts';
import { cachingEntityManager, type CallScopes } from './caching-entity-manager.ts';
import { ALL, tableDependency, type Dependency } from './dependency.ts';
import { entityManagerClassOf } from './host-entity-manager.ts';
import { interceptReads, isSqlDriver } from './query-builder-seam.ts';
import { ReadScopes, scopeOf } from './read-scope.ts';
import type { ResultCache, ResultCacheOptions } from './result-cache-api.ts';
import { ResultCacheError } from './result-cache-error.ts';
import { Source } from './source.ts';
import { Statistics } from './statistics.ts';
import { tableGraph } from './table-graph.ts';
import { WriteLedger } from './write-ledger.ts';
import { WriteWatch } from './write-watch.ts';

/** Builds the cache of one ORM and connects it to the host and to the tap. Opens nothing. */
export function installCache(orm: MikroORM, settings: Required<ResultCacheOptions>): ResultCache {
  const { store, holdMs } = settings;
  const statistics = new Statistics();
  const ledger = new WriteLedger(store, statistics, holdMs);
  const explanations = new AsyncLocalStorage<Explanation[]>();
  const graph = once(() => tableGraph(orm.getMetadata()));
  const source = new Source(orm);
  const drop = (dependency: Dependency): Promise<void> => ledger.settle(ledger.announce([dependency]));
  const cache: ResultCache = {
    enabled: settings.enabled,
    stats: () => ({ ...statistics.snapshot(), undelivered: ledger.undelivered, ...store.size?.() }),
    invalidate: target => drop(isTag(target) ? `tag:${target.tag}` : tableOf(target, orm)),
    clear: async () => {
      await drop(ALL);
      await store.clear().catch(error => statistics.failed(error));
    },
    explain: async call => {
      const found: Explanation[] = [];
      await explanations.run(found, call);
      return found;
    },
  };
  const tap = ensureTap(orm);
  const context = { store, ledger, statistics, tap, graph, explanations };
  const reads = new CachedReads({
    ...context,
    source: () => source.text,
    isEnabled: () => cache.enabled,
    hasReplicas: (orm.config.get('replicas') ?? []).length > 0,
  });
  connectReads(orm, reads, settings.expiration, drop);
  watchWrites(orm, new WriteWatch(ledger, graph));
  watchReconnects(orm, ledger, source);
  tap.onClose(() => store.close());
  return cache;
}

function watchWrites(orm: MikroORM, watch: WriteWatch): void {
  const tap = ensureTap(orm);
  tap.guard(watch);
  tap.observe(statement => watch.observe(statement));
}

/** After `orm.reconnect`, another database may answer. */
function watchReconnects({ driver }: MikroORM, ledger: WriteLedger, source: Source): void {
  const reconnect = driver.reconnect.bind(driver);
  driver.reconnect = async options => {
    const change = ledger.announce([ALL]);
    try {
      return await reconnect(options);
    } finally {
      source.forget();
      await ledger.settle(change);
    }
  };
}

function connectReads(
  orm: MikroORM,
  reads: CachedReads,
  expiration: number,
  drop: (dependency: Dependency) => Promise<void>,
): void {
  const { config, driver } = orm;
  const Base = entityManagerClassOf(orm);
  if (!Base || !isSqlDriver(driver)) {
    const problem = `${driver.constructor.name} is not an SQL driver of a known shape, so nothing is cached.`;
    return config.getLogger().warn('info', `result-cache: ${problem}`, { enabled: true });
  }
  const scopes = new ReadScopes();
  interceptReads(driver, scopes, (query, scope, load) => reads.read(query, scope, load));
  config.set('entityManager', cachingEntityManager(Base, callScopes(orm, scopes, expiration, drop)));
}

function callScopes(
  orm: MikroORM,
  scopes: ReadScopes,
  defaultExpirationMs: number,
  drop: (dependency: Dependency) => Promise<void>,
): CallScopes {
  return {
    current: () => scopes.current(),
    run: (entity, options, session, call) => {
      const annotation = annotationOf(orm.getMetadata().find(entity));
      return scopes.run(scopeOf({ annotation, options, session, defaultExpirationMs }, scopes.current()), call);
    },
    dropKey: name => drop(`key:${name}`),
  };
}

function isTag(target: EntityName | { readonly tag: string }): target is { readonly tag: string } {
  return typeof target === 'object' && 'tag' in target && typeof target.tag === 'string';
}

function tableOf(entity: EntityName, orm: MikroORM): Dependency {
  const meta: EntityMetadata | undefined = orm.getMetadata().find(entity);
  if (meta?.tableName) return tableDependency(meta.tableName);
  throw new ResultCacheError(
    'NOT_MAPPED',
    `invalidate: this ORM maps no table to ${meta?.className ?? 'what was given'}; give an entity or { tag }.`,
  );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
