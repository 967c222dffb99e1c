import { setTimeout as pause } from 'node:timers/promises';

import type { LogPosition, NodeStanding } from './log-positions.ts';

/** Where a node stood, and when it was asked, on the clock of `performance.now()`. */
export interface Sighting extends NodeStanding {
  readonly askedAt: number;
}

const FIRST_PAUSE_MS = 0.5;
const LONGEST_PAUSE_MS = 10;
/** A node that takes longer than that to say where it stands is as good as behind. */
const ANSWER_MS = 250;

/**
 * Learns where one node stands, for all who want to know: however many wait, one question at a time is under way. What
 * it was told stays true while the node runs, because positions only grow; `forget` when that ends.
 */
export class NodeProgress {
  readonly #standing: (known: NodeStanding | undefined) => Promise<NodeStanding>;
  #latest: Sighting | undefined;
  #underWay: Promise<Sighting> | undefined;
  #lives = 0;
  #knownSince = 0;

  /** @param standing asks the node, given what it said before; must reject in bounded time when there is no answer */
  constructor(standing: (known: NodeStanding | undefined) => Promise<NodeStanding>) {
    this.#standing = standing;
  }

  /** What the node said last, since it was last lost sight of. */
  get latest(): Sighting | undefined {
    return this.#latest;
  }

  /** Since when it has been answering, on the clock of `performance.now()`; undefined while it is out of sight. */
  get knownSince(): number | undefined {
    return this.#latest && this.#knownSince;
  }

  /** The node was restarted or cannot be reached, so what it said may be true no more: a crash can set a replica back. */
  forget(): void {
    this.#lives++;
    this.#latest = undefined;
    this.#underWay = undefined;
  }

  /** Asks all that there is to know, or joins the question that is under way. Rejects when the node does not answer. */
  look(): Promise<Sighting> {
    return (this.#underWay ??= this.#ask(undefined));
  }

  /** Asks a question that starts not before now. Rejects when the node does not answer. */
  async lookAfresh(): Promise<Sighting> {
    const now = performance.now();
    const seen = await this.look();
    return seen.askedAt >= now ? seen : this.look();
  }

  /**
   * Whether reads on the node see `wanted`. Asks it if need be, and again for `waitMs` milliseconds; 0 to ask once. A
   * node that does not answer has not reached anything.
   */
  async reaches(wanted: LogPosition, waitMs = 0): Promise<boolean> {
    if (this.#latest?.position?.covers(wanted)) return true;
    const asked = new AbortController();
    const late = pause(Math.max(waitMs, ANSWER_MS), false, { signal: asked.signal }).catch(() => false);
    try {
      return await Promise.race([this.#askUntil(wanted, waitMs, asked.signal), late]);
    } catch {
      return false;
    } finally {
      asked.abort();
    }
  }

  async #askUntil(wanted: LogPosition, waitMs: number, signal: AbortSignal): Promise<boolean> {
    const start = performance.now();
    for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      const { position, askedAt } = await this.#glance();
      if (position?.covers(wanted)) return true;
      if (askedAt >= start && performance.now() - start >= waitMs) return false;
      if (askedAt >= start) await pause(pauseMs);
    }
    return false;
  }

  /** Asks only how far the node is now, which is cheaper. */
  #glance(): Promise<Sighting> {
    return (this.#underWay ??= this.#ask(this.#latest));
  }

  async #ask(known: NodeStanding | undefined): Promise<Sighting> {
    const life = this.#lives;
    const askedAt = performance.now();
    try {
      const sighting = { ...(await this.#standing(known)), askedAt };
      if (life === this.#lives) this.#sighted(sighting);
      return sighting;
    } finally {
      if (life === this.#lives) this.#underWay = undefined;
    }
  }

  #sighted(sighting: Sighting): void {
    if (!this.#latest) this.#knownSince = sighting.askedAt;
    this.#latest = sighting;
  }
}
