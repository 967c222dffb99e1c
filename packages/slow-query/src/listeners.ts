/**
 * Listeners by event. One that throws or rejects disturbs neither the emitter nor the other listeners: each failure
 * becomes a process warning (`SlowQueryWarning`), the first time per listener.
 */
export class Listeners<Events extends object> {
  readonly #byEvent: { [Name in keyof Events]?: Set<Listener<Events[Name]>> } = {};
  readonly #failed = new WeakSet<object>();

  /** Returns the function that removes the listener. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = (this.#byEvent[name] ??= new Set());
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#byEvent[name] ?? []) this.#tell(String(name), listener, event);
  }

  #tell<Event>(name: string, listener: Listener<Event>, event: Event): void {
    try {
      const result: unknown = listener(event);
      if (result instanceof Promise) result.catch((error: unknown) => this.#warn(name, listener, error));
    } catch (error) {
      this.#warn(name, listener, error);
    }
  }

  #warn(name: string, listener: object, error: unknown): void {
    if (this.#failed.has(listener)) return;
    this.#failed.add(listener);
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`A listener of "${name}" failed: ${reason}`, 'SlowQueryWarning');
  }
}

/** Told of an event; what it returns is ignored. */
export type Listener<Event> = (event: Event) => void;
