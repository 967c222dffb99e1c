import { ensureTap, EventListeners, sqlDialectOf, type SqlDialect, type Statement } from '@mikro-kit/statement-tap';
import type { MikroORM } from '@mikro-orm/core';

import { ALL } from './dependency.ts';
import { HeardChanges } from './entries/heard-changes.ts';
import { L1 } from './entries/l1.ts';
import { withExpirations, type Lifetime } from './entries/lifetime.ts';
import { Source } from './entries/source.ts';
import { Tiers } from './entries/tiers.ts';
import { connectReads } from './host/connect-reads.ts';
import { tableGraph, type TableGraph } from './host/table-graph.ts';
import { mongoChangesOf } from './mongo/mongo-changes.ts';
import { isMongoDriver } from './mongo/mongo-seam.ts';
import { CachedReads } from './reads/cached-reads.ts';
import { Explanations } from './reads/explanations.ts';
import { Flights } from './reads/flights.ts';
import { Leases } from './reads/leases.ts';
import { Loads } from './reads/loads.ts';
import { Shadow, type CacheEvents } from './reads/shadow.ts';
import type { ResultCache, ResultCacheOptions } from './result-cache-api.ts';
import { isSqlDriver } from './sql/query-builder-seam.ts';
import { Statistics, type CacheStatistics } from './statistics.ts';
import { Breaker } from './store/breaker.ts';
import { protectedStore } from './store/protected-store.ts';
import { sharingQuestions } from './store/shared-questions.ts';
import { useStore } from './store/store-users.ts';
import type { CacheStore } from './store/store.ts';
import { withinDeadline } from './store/within-deadline.ts';
import { WrapPlans } from './wrap/wrap-plans.ts';
import { wrapped } from './wrap/wrapped-function.ts';
import { WrappedRuns } from './wrap/wrapped-runs.ts';
import { invalidatedBy } from './writes/invalidated-by.ts';
import { WatchedTables } from './writes/watched-tables.ts';
import { WriteLedger } from './writes/write-ledger.ts';
import { WriteWatch } from './writes/write-watch.ts';
import { changesOf } from './writes/written-dependencies.ts';

/** All options; `l1` only where there is to be one. */
export type Settings = Required<Omit<ResultCacheOptions, 'l1'>> & Pick<ResultCacheOptions, 'l1'>;

/** Builds the cache of one ORM and connects it to the host and to the tap. Opens nothing. */
export function installCache(orm: MikroORM, settings: Settings): ResultCache {
  const parts = partsOf(orm, settings);
  const { ledger, store, source, graph, dialect, runs } = parts;
  const lifetime = lifetimeFrom(settings);
  const state = { enabled: settings.enabled };
  const { leaseMs, maxEntryBytes } = settings;
  const flights = new Flights(leaseMs);
  const tap = ensureTap(orm);
  const fills = new WrappedRuns(tap, ({ transaction }) => transaction?.state === 'unknown');
  const loads = new Loads({ ...parts, flights, fills, leases: new Leases(store, leaseMs), maxEntryBytes });
  const reads = new CachedReads({
    ...parts,
    loads,
    flights,
    source: () => source.text,
    isEnabled: () => state.enabled,
  });
  const pureFunctions = new Set(settings.pureFunctions.map(name => name.toLowerCase()));
  const sql = dialect && { tap, graph, dialect, pureFunctions };
  connectReads({ ...parts, orm, reads, sql, lifetime, loadFrom: settings.loadFrom });
  watchWrites(orm, parts, settings);
  watchReconnects(orm, ledger, source);
  const leaveStore = useStore(settings.store);
  tap.onClose(() => close(parts, loads, leaveStore, settings.storeDeadlineMs));
  const plans = new WrapPlans({ orm, reads, lifetime, watched: parts.watched, source: () => source.text });
  return cacheOf(orm, parts, state, (key, fn, options = {}) => wrapped(key, fn, options, { orm, reads, plans, runs }));
}

/** What a cache is made of. */
interface Parts {
  readonly store: CacheStore;
  readonly l1: L1 | undefined;
  readonly tiers: Tiers;
  readonly breaker: Breaker;
  readonly statistics: Statistics;
  readonly ledger: WriteLedger;
  readonly watched: WatchedTables;
  readonly explanations: Explanations;
  readonly events: EventListeners<CacheEvents>;
  readonly shadow: Shadow;
  readonly source: Source;
  readonly runs: WrappedRuns;
  readonly graph: () => TableGraph;
  readonly dialect: SqlDialect | undefined;
  readonly warn: (message: string) => void;
}

function partsOf(orm: MikroORM, settings: Settings): Parts {
  const warn = (message: string): void =>
    orm.config.getLogger().warn('info', `result-cache: ${message}`, { enabled: true });
  const statistics = new Statistics();
  const breaker = new Breaker(() => void ledger.deliver());
  const guarded = protectedStore(settings.store, settings.storeDeadlineMs, breaker);
  const store = settings.store.isLocal ? guarded : sharingQuestions(guarded);
  const graph = once(() => tableGraph(orm.getMetadata()));
  const watched = new WatchedTables(graph, settings.store);
  const events = new EventListeners<CacheEvents>(warn);
  const heard = new HeardChanges();
  const isWatched: WatchedTables['has'] = table => watched.has(table);
  const ledger = new WriteLedger({ store, statistics, heard, isWatched, holdMs: settings.holdMs });
  const l1 = settings.l1 && new L1(settings.l1);
  const runs = new WrappedRuns(ensureTap(orm));
  const trustMs = l1 && settings.consistency === 'bounded' ? settings.maxStaleMs : 0;
  return {
    store,
    l1,
    tiers: new Tiers({ store, l1, trustMs, heard, ledger, isMaking: () => runs.isInside }),
    breaker,
    statistics,
    ledger,
    watched,
    explanations: new Explanations(),
    events,
    shadow: new Shadow(settings.shadow, statistics, events, warn),
    source: new Source(orm),
    runs,
    graph,
    dialect: isSqlDriver(orm.driver) ? sqlDialectOf(orm.driver.getPlatform()) : undefined,
    warn,
  };
}

/** What cannot be ended in time must not keep the ORM from closing. */
async function close(
  { tiers, ledger, statistics }: Parts,
  loads: Loads,
  leaveStore: () => Promise<void>,
  deadlineMs: number,
): Promise<void> {
  const inTime = async (work: Promise<void>, what: string): Promise<void> =>
    withinDeadline(work, deadlineMs, what).catch(error => statistics.failed(error));
  await inTime(loads.idle(), 'An early refresh');
  tiers.close();
  await ledger.close();
  await inTime(leaveStore(), "The cache store's close");
}

function cacheOf(
  orm: MikroORM,
  { statistics, ledger, breaker, store, l1, tiers, graph, explanations, events }: Parts,
  state: { enabled: boolean },
  wrap: ResultCache['wrap'],
): ResultCache {
  return {
    get enabled() {
      return state.enabled;
    },
    set enabled(enabled) {
      state.enabled = enabled;
    },
    stats: () => ({
      ...statistics.snapshot(),
      undelivered: ledger.undelivered,
      breaker: breaker.state,
      ...store.size?.(),
      ...(l1 && { tiers: tiersOf(statistics, l1) }),
    }),
    invalidate: async target => ledger.renew(invalidatedBy(target, orm, graph())),
    clear: async () => {
      await ledger.renew([ALL]);
      tiers.clear();
      await store.clear().catch(error => statistics.failed(error));
    },
    explain: call => explanations.of(call),
    wrap,
    on: (name, listener) => events.on(name, listener),
  };
}

/** The tap gives a guard up after its deadline, so that one is longer than the store is ever waited for. */
function watchWrites(
  orm: MikroORM,
  { ledger, graph, dialect }: Parts,
  { onUnreachable, storeDeadlineMs }: Settings,
): void {
  const tap = ensureTap(orm);
  const deadlineMs = 2 * storeDeadlineMs + 1_000;
  const written = isMongoDriver(orm.driver)
    ? mongoChangesOf
    : (statement: Statement) => changesOf(statement, graph(), dialect);
  const watch = new WriteWatch({ ledger, changesOf: written, onUnreachable, deadlineMs });
  tap.guard(watch);
  tap.observe(statement => watch.observe(statement), { reads: false });
}

/** After `orm.reconnect`, another database may answer. */
function watchReconnects({ driver }: MikroORM, ledger: WriteLedger, source: Source): void {
  const reconnect = driver.reconnect.bind(driver);
  driver.reconnect = async options => {
    const change = ledger.announce([{ table: ALL, dependencies: [ALL] }]);
    try {
      return await reconnect(options);
    } finally {
      source.forget();
      await ledger.settle(change);
    }
  };
}

function lifetimeFrom({ expiration, negativeExpiration, jitter, earlyRefresh }: Settings): Lifetime {
  const lifetime = { expirationMs: expiration, negativeExpirationMs: negativeExpiration, jitter, earlyRefresh };
  return withExpirations(lifetime, {});
}

function tiersOf(statistics: Statistics, l1: L1): NonNullable<CacheStatistics['tiers']> {
  const looked = statistics.tiers();
  return { l1: { ...looked.l1, ...l1.size() }, l2: looked.l2 };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
