import { type PoolSocket, socketsOf } from '@mikro-kit/statement-tap';
import type { Configuration } from '@mikro-orm/core';

import type { Ask } from '../positions/log-positions.ts';
import { type DriverOptions, isPlain } from './driver-options.ts';
import { type HostConnection, isConnected, optionsOf } from './host-connection.ts';

/** Makes another connection of the host to the same server. */
export type Connector = () => HostConnection;

/**
 * Makes connections like one of the host's: of its class, with its options, so that TLS, passwords and host names are
 * handled as they are there, but with a pool of their own, seen by no listener and in no log.
 */
export function connectorLike(connection: HostConnection, config: Configuration, small: DriverOptions): Connector {
  return () => {
    const options = optionsOf(connection);
    const { driverOptions } = options;
    const own = isPlain(driverOptions) ? { ...driverOptions, ...small } : driverOptions;
    const made: unknown = Reflect.construct(connection.constructor, [
      config,
      { ...options, driverOptions: own },
      'read',
    ]);
    if (!isLike(made, connection)) throw new TypeError('The host connection cannot be made a second time.');
    Reflect.set(made, 'logQuery', () => undefined);
    return made;
  };
}

function isLike(made: unknown, connection: HostConnection): made is HostConnection {
  return made instanceof Object && made.constructor === connection.constructor;
}

/** A connection to one node for statements of this package's own, opened when it is first needed. */
export class ControlConnection {
  readonly #connect: Connector;
  readonly #closed: () => void;
  readonly #watched = new WeakSet<PoolSocket>();
  #open: HostConnection | undefined;

  /** @param closed called when a socket has closed, unless {@link drop} did it: the server may have ended */
  constructor(connect: Connector, closed: () => void) {
    this.#connect = connect;
    this.#closed = closed;
  }

  /** Sends a statement, without a deadline. */
  readonly ask: Ask = async (sql, params = []) => {
    const connection = (this.#open ??= this.#connect());
    try {
      const rows = await connection.execute(sql, params, 'all');
      if (connection === this.#open) {
        for (const socket of socketsOf(await connection.getNativeClient())) this.#watch(socket, connection);
      }
      return Array.isArray(rows) ? rows : [];
    } finally {
      // Dropped meanwhile, and perhaps not to be closed then, because it was being made.
      if (connection !== this.#open) void cut(connection);
    }
  };

  /** Cuts what is open and fails what runs; the next question opens it again. */
  drop(): void {
    const connection = this.#open;
    this.#open = undefined;
    if (connection) void cut(connection);
  }

  #watch(socket: PoolSocket, connection: HostConnection): void {
    // An idle probe must not keep a process alive that has nothing else to do.
    socket.unref();
    if (this.#watched.has(socket)) return;
    this.#watched.add(socket);
    socket.once('close', () => this.#open === connection && this.#closed());
  }
}

async function cut(connection: HostConnection): Promise<void> {
  await cutSockets(connection);
  await connection.close(true).catch(() => undefined);
}

/** Cuts all sockets of a connection's pool, idle or in use, so that what waits for an answer fails now. */
export async function cutSockets(connection: HostConnection): Promise<void> {
  if (!isConnected(connection)) return;
  try {
    for (const socket of socketsOf(await connection.getNativeClient())) socket.destroy();
  } catch {
    // A dialect of the user's own keeps its pool to itself.
  }
}
