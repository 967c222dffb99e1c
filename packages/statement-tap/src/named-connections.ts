import type { MikroORM } from '@mikro-orm/core';

/** A connection of the host and the name of the node that it leads to. */
export type NamedConnection = readonly [node: string, connection: object];

/** `primary`, then each replica by its `name` or as `replica-0`, `replica-1`, … in the order of the configuration. */
export function namedConnections(orm: MikroORM): NamedConnection[] {
  const replicas: unknown = Reflect.get(orm.driver, 'replicas');
  const names = (orm.config.get('replicas') ?? []).map(({ name }, index) => name ?? `replica-${index}`);
  return [
    ['primary', orm.driver.getConnection('write')],
    ...(Array.isArray(replicas) ? replicas : []).map((replica: object, index): NamedConnection => [
      names[index] ?? `replica-${index}`,
      replica,
    ]),
  ];
}
