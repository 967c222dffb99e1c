import { AsyncLocalStorage } from 'node:async_hooks';

import { Session } from './session.ts';

/** Which session the running code is in: the innermost that was opened, else its request's, else the one of all else. */
export class Sessions {
  readonly #inside = new AsyncLocalStorage<Session>();
  readonly #byReader = new WeakMap<object, Session>();
  readonly #outside = new Session();

  /**
   * The session, if there is anything to see: a request that has only read so far has none.
   *
   * @param reader the request, if there is one
   */
  known(reader: object | undefined): Session | undefined {
    return this.#inside.getStore() ?? (reader ? this.#byReader.get(reader) : this.#outside);
  }

  /** The session, begun if need be. @param reader the request, if there is one */
  current(reader: object | undefined): Session {
    const known = this.known(reader);
    if (known) return known;
    const fresh = new Session();
    if (reader) this.#byReader.set(reader, fresh);
    return fresh;
  }

  /** Whether one was opened around the running code. */
  get isOpen(): boolean {
    return this.#inside.getStore() !== undefined;
  }

  /** A session that sees what the current one does, except where that is the one of all else. */
  open(reader: object | undefined): Session {
    const current = this.current(reader);
    return new Session(current === this.#outside ? undefined : current);
  }

  run<T>(session: Session, fn: () => T): T {
    return this.#inside.run(session, fn);
  }
}
