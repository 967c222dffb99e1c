import type { Connection, MikroORM } from '@mikro-orm/core';

/** A replica's connection and its name: `replicas[i].name`, else `replica-i`. */
export interface Replica {
  readonly name: string;
  readonly connection: Connection;
}

/**
 * The replicas in the order of the configuration, or `unknown` when the driver did not make a connection for each
 * (MongoDB never does).
 */
export function replicasOf(orm: MikroORM): readonly Replica[] | 'unknown' {
  const configured = orm.config.get('replicas') ?? [];
  // The host has no public way to its replicas: `getConnection('read')` picks one at random.
  const connections: unknown = Reflect.get(orm.driver, 'replicas');
  if (!isConnections(connections) || connections.length !== configured.length) return 'unknown';
  return connections.map((connection, index) => ({ name: configured[index]?.name ?? `replica-${index}`, connection }));
}

function isConnections(value: unknown): value is readonly Connection[] {
  return Array.isArray(value) && value.every(item => typeof item === 'object' && item !== null && 'execute' in item);
}
