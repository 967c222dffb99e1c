import type { HostConnection } from '../nodes/host-connection.ts';

/** The calls of a connection that are routed each by itself. */
export type RoutedCalls = Pick<HostConnection, 'execute' | 'stream' | 'begin' | 'transactional' | 'getClient'>;

/**
 * Stands for the connections of several nodes: it routes the calls that it is given, and is one node's connection in all
 * else. To the host it is a connection like any other.
 *
 * @param node the connection for all else
 */
export function routedConnection(
  primary: HostConnection,
  node: () => HostConnection,
  calls: Readonly<RoutedCalls>,
): HostConnection {
  return new Proxy(primary, {
    get(_, key) {
      const routed: unknown = Reflect.get(calls, key);
      if (routed !== undefined) return routed;
      const connection = node();
      const value: unknown = Reflect.get(connection, key, connection);
      return typeof value === 'function' && key !== 'constructor' ? value.bind(connection) : value;
    },
    set: (_, key, value) => Reflect.set(node(), key, value),
  });
}
