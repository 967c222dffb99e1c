import { AsyncLocalStorage } from 'node:async_hooks';

import { Session } from './session.ts';

/** Which session the running code is in: the innermost that was opened, else its request's, else the one of all else. */
export class Sessions {
  readonly #inside = new AsyncLocalStorage<Session>();
  readonly #byReader = new WeakMap<object, Session>();
  readonly #outside = new Session();

  /** @param reader the request, if there is one */
  current(reader: object | undefined): Session {
    const inside = this.#inside.getStore();
    if (inside || !reader) return inside ?? this.#outside;
    const known = this.#byReader.get(reader);
    if (known) return known;
    const fresh = new Session();
    this.#byReader.set(reader, fresh);
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
