import type { MikroORM } from '@mikro-orm/core';

import { closeHooks } from './close-hooks.ts';
import { type EventListener, EventListeners } from './event-listeners.ts';
import { type Guard, Listeners, type ObserveOptions, type Observer } from './listeners.ts';
import type { PoolEvents, PoolGauge } from './pool.ts';
import { Preparation, type Prepare } from './sql/preparation.ts';
import { sqlDialectOf } from './sql/sql-dialect.ts';
import { StatementCache } from './sql/statement-cache.ts';
import type { Statement } from './statement.ts';
import { tapConnections } from './tap-connections.ts';

/** The one place where an ORM's statements can be seen. */
export interface StatementTap {
  /**
   * Tells `observer` of every statement, after the fact and without awaiting it; with `reads: false` of all that may
   * change something. Returns the function that removes it.
   */
  observe(observer: Observer, options?: ObserveOptions): () => void;
  /** Lets `guard` wait before and after everything that writes. Returns the function that removes it. */
  guard(guard: Guard): () => void;
  /** What a statement of this text would be seen as; for deciding before it is sent. */
  classify(text: string): Pick<Statement, 'kind' | 'tables' | 'writes'>;
  /** How full the pools are, a gauge for each node that has been connected to. Costs the databases nothing. */
  pools(): PoolGauge[];
  /** Tells `listener` of a pool's connections. Returns the function that removes it. */
  on<Name extends keyof PoolEvents>(name: Name, listener: EventListener<PoolEvents[Name]>): () => void;
  /**
   * Has outcomes carry `stateChanges`, on MySQL and MariaDB. `prepare` is awaited on each database connection that is
   * opened from now on, before its first statement, to have the server track what is wanted; if it fails, the connection
   * is used as it is, with one warning. Returns the function that removes it.
   */
  trackState(prepare: Prepare): () => void;
  /** Has `orm.close()` await `stop`, before the connections close. Returns the function that removes it. */
  onClose(stop: () => void | Promise<void>): () => void;
}

const NAME = '@mikro-kit/statement-tap';

/**
 * The tap of this ORM, installed by the first call. Works in an extension's `register(orm)` and at any time later, and
 * gives the same tap to a second installed copy of this package.
 */
export function ensureTap(orm: MikroORM): StatementTap {
  const installed: unknown = orm.config.getExtension(NAME);
  if (isStatementTap(installed)) return installed;
  const tap = installTap(orm);
  orm.config.registerExtension(NAME, () => tap);
  return tap;
}

/** The tap as an extension of its own: `extensions: [statementTap()]`, then `ensureTap(orm)` wherever it is needed. */
export function statementTap(): { register(orm: MikroORM): void } {
  return { register: orm => void ensureTap(orm) };
}

function isStatementTap(value: unknown): value is StatementTap {
  return typeof value === 'object' && value !== null && 'observe' in value && 'guard' in value && 'onClose' in value;
}

function installTap(orm: MikroORM): StatementTap {
  const warn = (message: string): void =>
    orm.config.getLogger().warn('info', `statement-tap: ${message}`, { enabled: true });
  const listeners = new Listeners(warn);
  const statements = new StatementCache(sqlDialectOf(orm.driver.getPlatform()));
  const events = new EventListeners<PoolEvents>(warn);
  const preparation = new Preparation(warn);
  const pools = tapConnections(orm, { listeners, statements, events, preparation, warn });
  return {
    observe: (observer, options) => listeners.observe(observer, options),
    guard: guard => listeners.guard(guard),
    classify: text => statements.classify(text),
    pools: () => pools.map(pool => pool.gauge()).filter(gauge => gauge !== undefined),
    on: (name, listener) => events.on(name, listener),
    trackState: prepare => preparation.track(prepare),
    onClose: closeHooks(orm, warn),
  };
}
