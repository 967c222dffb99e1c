/** Told of an event; not awaited. */
export type EventListener<Event> = (event: Event) => unknown;

/** Listeners by event. One that throws or rejects disturbs nobody; `warn` hears of it, the first time. */
export class EventListeners<Events extends object> {
  readonly #warn: (message: string) => void;
  readonly #byName: { [Name in keyof Events]?: Set<EventListener<Events[Name]>> } = {};
  readonly #failed = new WeakSet<object>();
  #count = 0;

  constructor(warn: (message: string) => void) {
    this.#warn = warn;
  }

  /** Whether anybody listens to anything. */
  get any(): boolean {
    return this.#count > 0;
  }

  /** Returns the function that removes the listener. */
  on<Name extends keyof Events>(name: Name, listener: EventListener<Events[Name]>): () => void {
    const listeners = (this.#byName[name] ??= new Set());
    if (!listeners.has(listener)) this.#count++;
    listeners.add(listener);
    return () => {
      if (listeners.delete(listener)) this.#count--;
    };
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of this.#byName[name] ?? []) this.#tell(String(name), listener, event);
  }

  #tell<Event>(name: string, listener: EventListener<Event>, event: Event): void {
    try {
      const told = listener(event);
      if (told instanceof Promise) told.catch((error: unknown) => this.#failedOnce(name, listener, error));
    } catch (error) {
      this.#failedOnce(name, listener, error);
    }
  }

  #failedOnce(name: string, listener: object, error: unknown): void {
    if (this.#failed.has(listener)) return;
    this.#failed.add(listener);
    this.#warn(`A listener of '${name}' failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
