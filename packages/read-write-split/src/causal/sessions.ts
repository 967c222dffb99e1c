import { AsyncLocalStorage } from 'node:async_hooks';

import { Session } from './session.ts';

const SESSION = Symbol('mikro-kit: what this request has written');

/**
 * What lives as long as a request, and carries its session. A map with weak keys would leave it untouched, but costs each
 * request that writes some microseconds, most of them in the garbage collector.
 */
interface Reader {
  [SESSION]?: Session;
}

/** Which session the running code is in: the innermost that was opened, else its request's, else the one of all else. */
export class Sessions {
  readonly #inside = new AsyncLocalStorage<Session>();
  readonly #outside = new Session();

  /**
   * The session, if there is anything to see: a request that has only read so far has none.
   *
   * @param reader the request, if there is one
   */
  known(reader: Reader | undefined): Session | undefined {
    return this.#inside.getStore() ?? (reader ? reader[SESSION] : this.#outside);
  }

  /** The session, begun if need be. @param reader the request, if there is one */
  current(reader: Reader | undefined): Session {
    const known = this.known(reader);
    if (known) return known;
    const fresh = new Session();
    if (reader) reader[SESSION] = fresh;
    return fresh;
  }

  /** Whether one was opened around the running code. */
  get isOpen(): boolean {
    return this.#inside.getStore() !== undefined;
  }

  /** A session that sees what the current one does, except where that is the one of all else. */
  open(reader: Reader | undefined): Session {
    const current = this.current(reader);
    return new Session(current === this.#outside ? undefined : current);
  }

  run<T>(session: Session, fn: () => T): T {
    return this.#inside.run(session, fn);
  }
}
