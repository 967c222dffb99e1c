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
  return new Proxy(primary, new Routing(node, calls));
}

/** A class, because the host asks for a connection for each of its reads. */
class Routing implements ProxyHandler<HostConnection> {
  readonly #node: () => HostConnection;
  readonly #calls: Readonly<RoutedCalls>;

  constructor(node: () => HostConnection, calls: Readonly<RoutedCalls>) {
    this.#node = node;
    this.#calls = calls;
  }

  get(_: HostConnection, key: string | symbol): unknown {
    // What each statement asks for, without a search.
    if (key === 'execute') return this.#calls.execute;
    const routed: unknown = Reflect.get(this.#calls, key);
    if (routed !== undefined) return routed;
    const connection = this.#node();
    const value: unknown = Reflect.get(connection, key, connection);
    return typeof value === 'function' && key !== 'constructor' ? value.bind(connection) : value;
  }

  set(_: HostConnection, key: string | symbol, value: unknown): boolean {
    return Reflect.set(this.#node(), key, value);
  }
}
