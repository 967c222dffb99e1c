/** The parts of `pg`'s client and connection that its cursors stand on; not public, so checked before they are relied on. */
export interface PgClient {
  readonly connection?: PgConnection;
}

interface PgConnection {
  readonly stream: {
    readonly destroyed: boolean;
    destroy(): unknown;
    unref(): unknown;
    once(event: 'close', listener: () => void): unknown;
  };
  close?(message: unknown): void;
  emit(event: 'readyForQuery', message: object): boolean;
}

/**
 * Has streams fail when their connection ends. A cursor of `pg-cursor` 2 that is closed, as Kysely does with one that
 * failed, waits for its server to say that it is ready; one that is gone never does, so that the error would not reach
 * the application, and the connection not its pool.
 */
export function endCursorWithConnection({ connection }: PgClient): void {
  const close = connection?.close?.bind(connection);
  if (!connection || !close) return;
  connection.close = message => {
    close(message);
    if (connection.stream.destroyed) setImmediate(() => connection.emit('readyForQuery', {}));
  };
}
