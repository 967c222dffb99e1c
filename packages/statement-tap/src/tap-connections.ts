import type { MikroORM } from '@mikro-orm/core';

import { EntityTables } from './entity-tables.ts';
import type { EventListeners } from './event-listeners.ts';
import type { Listeners } from './listeners.ts';
import { isMongoConnection, type MongoConnection, tapMongoConnection } from './mongo/mongo-connection.ts';
import { MongoPool } from './mongo/mongo-pool.ts';
import { MongoTransactions } from './mongo/mongo-transactions.ts';
import { type NamedConnection, namedConnections } from './named-connections.ts';
import { Origins } from './origin.ts';
import type { PoolEvents, PoolGauge } from './pool.ts';
import { PopulatePaths } from './populate-paths.ts';
import { Handover } from './sql/handover.ts';
import { NodePool } from './sql/node-pool.ts';
import type { Preparation } from './sql/preparation.ts';
import { isSqlConnection, type SqlConnection, tapSqlConnection } from './sql/sql-connection.ts';
import type { StatementCache } from './sql/statement-cache.ts';

/** Where what is seen goes. */
export interface TapSinks {
  readonly listeners: Listeners;
  readonly statements: StatementCache;
  readonly events: EventListeners<PoolEvents>;
  readonly preparation: Preparation;
  readonly warn: (message: string) => void;
}

/** The pool of one node. */
export interface Pool {
  gauge(): PoolGauge | undefined;
}

/** Taps every connection of the ORM, or none, with a warning, if one of them is not as expected. */
export function tapConnections(orm: MikroORM, sinks: TapSinks): Pool[] {
  const connections = namedConnections(orm);
  if (!connections.every(isTappable)) {
    sinks.warn(`the connections of ${orm.driver.constructor.name} are not as expected, so nothing is seen.`);
    return [];
  }
  const populatePaths = new PopulatePaths();
  populatePaths.watch(orm.driver, () => sinks.listeners.any);
  const entities = new EntityTables(() => orm.getMetadata());
  const context = {
    ...sinks,
    entities,
    populatePaths,
    origins: new Origins(),
    handover: new Handover(),
    transactions: new MongoTransactions(),
  };
  const defaultDriverOptions = (): unknown => orm.config.get('driverOptions');
  return connections.map(([node, connection]) => {
    if (isMongoConnection(connection)) {
      const pool = new MongoPool(node, sinks.events);
      tapMongoConnection(orm.driver, connection, pool, context, sinks.warn);
      return pool;
    }
    const pool = new NodePool(node, sinks.events, () => connection.getNativeClient());
    tapSqlConnection(connection, pool, context, defaultDriverOptions, sinks.warn);
    return pool;
  });
}

type TappableConnection = readonly [node: string, connection: SqlConnection | MongoConnection];

function isTappable(named: NamedConnection): named is TappableConnection {
  return isSqlConnection(named[1]) || isMongoConnection(named[1]);
}
