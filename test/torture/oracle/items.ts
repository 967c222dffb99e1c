import { itemIds } from '../../result-cache/torture/ids.ts';
import type { ItemState } from '../../result-cache/torture/model.ts';
import { nowMs } from '../clock.ts';

/** One state that an item has had. Times by `nowMs`. */
export interface Step {
  readonly state: ItemState;
  /** No later than the write that led to it began. */
  readonly begunAt: number;
  /** From then on everybody knows that it was committed. */
  readonly acknowledgedAt: number;
  /** Which worker wrote it, and in which way. */
  readonly by: string;
  readonly how: string;
  /** Whether Redis had been told of it when it was acknowledged. */
  readonly isTold: boolean;
}

/** What a write has led to: the states of its items, in their order, or nothing. */
export type Written = (Omit<Step, 'state' | 'begunAt'> & { readonly states: readonly ItemState[] }) | undefined;

interface Slot {
  readonly steps: Step[];
  queue: Promise<void>;
  /** Judgements that wait for the end of the write that is under way. */
  waiting: (() => void)[] | undefined;
}

const MOST_STEPS = 4_000;

/**
 * The truth, kept beside the database: all that the items have been, and when. Writers of one item take turns across all
 * workers, so each write has a version of its own; readers take no turn.
 */
export class Items {
  readonly #slots: ReadonlyMap<number, Slot>;

  constructor() {
    const state = { version: 1, exists: true, tags: [], hasPart: false };
    const first = { state, begunAt: -Infinity, acknowledgedAt: -Infinity, by: 'nobody', how: 'seeded', isTold: true };
    const slot = (): Slot => ({ steps: [first], queue: Promise.resolve(), waiting: undefined });
    this.#slots = new Map(itemIds.map(id => [id, slot()]));
  }

  /** Runs a write of these items when it is their turn. It is given their states and ends only when its outcome is known. */
  async write(ids: readonly number[], write: (states: readonly ItemState[]) => Promise<Written>): Promise<void> {
    const slots = ids.toSorted((a, b) => a - b).map(id => this.#slot(id));
    const turn = Promise.withResolvers<void>();
    const before = slots.map(({ queue }) => queue);
    for (const slot of slots) slot.queue = turn.promise;
    await Promise.all(before);
    for (const slot of slots) slot.waiting = [];
    const begunAt = nowMs();
    const written = await write(slots.map(({ steps }) => lastOf(steps).state));
    slots.forEach((slot, at) => {
      const state = written?.states[at];
      if (written && state) append(slot.steps, stepOf(written, state, begunAt));
      const waiting = slot.waiting ?? [];
      slot.waiting = undefined;
      for (const judge of waiting) judge();
    });
    turn.resolve();
  }

  /** Has `judge` look at all states of an item, as soon as no write is under way whose outcome could still come in. */
  whenKnown(id: number, judge: (steps: readonly Step[]) => void): void {
    const slot = this.#slot(id);
    if (slot.waiting) slot.waiting.push(() => judge(slot.steps));
    else judge(slot.steps);
  }

  /** Ends when no write is under way. */
  async settled(): Promise<void> {
    await Promise.all([...this.#slots.values()].map(({ queue }) => queue));
  }

  #slot(id: number): Slot {
    const slot = this.#slots.get(id);
    if (!slot) throw new Error(`No item ${id}.`);
    return slot;
  }
}

function stepOf({ states: _, ...written }: NonNullable<Written>, state: ItemState, begunAt: number): Step {
  return { ...written, state, begunAt };
}

function append(steps: Step[], step: Step): void {
  steps.push(step);
  if (steps.length > MOST_STEPS) steps.splice(0, MOST_STEPS / 2);
}

function lastOf(steps: readonly Step[]): Step {
  const last = steps.at(-1);
  if (!last) throw new Error('An item has always been something.');
  return last;
}
