/** What went wrong with a test server. */
export type ServerErrorCode =
  /** The server cannot be had on this machine; the message says why and what to set. */
  | 'UNAVAILABLE'
  /** The server's process ended, or did not answer in time, while it was starting. */
  | 'START_FAILED'
  /** A program that prepares a server (initdb, apt-get, …) ended with an error. */
  | 'COMMAND_FAILED'
  /** A condition did not come true in time. */
  | 'DEADLINE'
  /** This group of servers cannot have that fault. */
  | 'FAULT_UNSUPPORTED';

/** The one error of `test/servers`. Tell the cases apart by `code`. */
export class ServerError extends Error {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
