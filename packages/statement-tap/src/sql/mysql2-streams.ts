/** The parts of a connection of `mysql2` 3 that its streams stand on; not public, so checked before they are relied on. */
export interface Mysql2Streaming {
  readonly _command?: Mysql2Command | null;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

interface Mysql2Command {
  /** What a query has, and a handshake has not, which tells the connection itself what it hears. */
  readonly sql?: unknown;
  /** What a query with a callback has, and a stream has not. */
  readonly onResult?: unknown;
  listenerCount(event: 'error'): number;
  emit(event: 'error', error: Error): boolean;
}

/**
 * Has streams fail when their connection ends: `mysql2` tells its callbacks and its connection, but not a stream, which
 * would wait for ever.
 */
export function endStreamWithConnection(connection: Mysql2Streaming): void {
  connection.on('error', error => {
    const { _command: command } = connection;
    const isStream = command && command.sql !== undefined && !command.onResult;
    if (isStream && command.listenerCount('error') > 0) command.emit('error', error);
  });
}
