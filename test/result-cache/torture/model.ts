/** What the database must hold of one item once every acknowledged write is in. */
export interface ItemState {
  readonly version: number;
  readonly exists: boolean;
  readonly tags: readonly number[];
  readonly hasPart: boolean;
}

interface Slot {
  state: ItemState;
  /** Odd while a write is under way; a reader that saw one even number throughout was alone. */
  epoch: number;
  queue: Promise<void>;
  /** What was true from when on, the oldest first. */
  readonly history: (Bound & { readonly since: number })[];
}

/** How far back readers may look, in milliseconds. */
const HISTORY_MS = 5_000;

/** What a reader knows when it starts: what it must not fall behind. */
export interface Bound {
  readonly state: ItemState;
  readonly epoch: number;
}

/**
 * The truth, kept beside the database. Writers of one item take turns, so each write has a version of its own; readers
 * take no turn.
 */
export class Model {
  readonly #slots: ReadonlyMap<number, Slot>;

  constructor(ids: readonly number[]) {
    const state = { version: 1, exists: true, tags: [], hasPart: false };
    const history = [{ state, epoch: 0, since: -Infinity }];
    this.#slots = new Map(ids.map(id => [id, { state, epoch: 0, queue: Promise.resolve(), history: [...history] }]));
  }

  /** As it was `ageMs` milliseconds ago. */
  bound(id: number, ageMs = 0): Bound {
    const { state, epoch, history } = this.#slot(id);
    if (ageMs === 0) return { state, epoch };
    const then = performance.now() - ageMs;
    return history.findLast(({ since }) => since <= then) ?? { state: { ...state, version: 0 }, epoch: -1 };
  }

  /** Whether no write of the item was under way at any time since `bound` was taken. */
  wasQuiet(id: number, { epoch }: Bound): boolean {
    return epoch % 2 === 0 && this.#slot(id).epoch === epoch;
  }

  /** Runs a write of these items when it is their turn; what it returns is the truth once it is acknowledged. */
  async write(
    ids: readonly number[],
    write: (states: readonly ItemState[]) => Promise<readonly ItemState[]>,
  ): Promise<void> {
    const slots = ids.toSorted((a, b) => a - b).map(id => this.#slot(id));
    const turn = Promise.withResolvers<void>();
    const before = slots.map(({ queue }) => queue);
    for (const slot of slots) slot.queue = turn.promise;
    await Promise.all(before);
    for (const slot of slots) turnPage(slot);
    try {
      const after = await write(slots.map(({ state }) => state));
      slots.forEach((slot, at) => (slot.state = after[at] ?? slot.state));
    } finally {
      for (const slot of slots) turnPage(slot);
      turn.resolve();
    }
  }

  #slot(id: number): Slot {
    const slot = this.#slots.get(id);
    if (!slot) throw new Error(`No item ${id}.`);
    return slot;
  }
}

function turnPage(slot: Slot): void {
  slot.epoch++;
  const { state, epoch, history } = slot;
  const since = performance.now();
  history.push({ state, epoch, since });
  while ((history[1]?.since ?? since) < since - HISTORY_MS) history.shift();
}
