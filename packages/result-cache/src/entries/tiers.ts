import type { Dependency } from '../dependency.ts';
import { requiredOf, type WantedRead } from '../reads/wanted-read.ts';
import type { Tier } from '../statistics.ts';
import type { CacheStore, Stamp } from '../store/store.ts';
import type { WriteLedger } from '../writes/write-ledger.ts';
import { changedSince, decodeEntry, encodeEntry, nonceOf, rowsOf, type Entry } from './entry.ts';
import type { HeardChanges } from './heard-changes.ts';
import type { Confirmation, HeldEntry, L1 } from './l1.ts';

/** What a look into the tiers found. */
export type Found =
  | Hit
  | Missing
  /** Something that the rows depend on is being written. */
  | { readonly kind: 'busy' };

/** A valid entry. `rows`: the caller's own copy. */
export interface Hit {
  readonly kind: 'hit';
  readonly entry: Entry;
  readonly rows: unknown;
  readonly tier: Tier;
  readonly confirmed: Confirmation;
}

/** No valid entry, and what one would have to be made under. */
export interface Missing {
  readonly kind: 'miss';
  /** Of the dependencies, as they are before the rows are loaded; `null` where one is being written. */
  readonly nonces: Entry['nonces'];
  readonly confirmed: Confirmation;
  /** Why an entry that is there does not count. */
  readonly changed?: readonly Dependency[];
}

/** What the tiers of one cache are. */
export interface TiersContext {
  readonly store: CacheStore;
  /** In front of the store, if it is wanted. */
  readonly l1: L1 | undefined;
  /** How long `l1` is trusted without asking the store, in milliseconds; 0: not at all. */
  readonly trustMs: number;
  readonly heard: HeardChanges;
  readonly ledger: WriteLedger;
  /** Whether what is found here becomes a part of another entry, whose stamps are those of now. */
  readonly isMaking: () => boolean;
}

/** Entries in this process's memory, if that is wanted, and in the store. */
export class Tiers {
  readonly #context: TiersContext;
  #stopListening: (() => void) | undefined;

  constructor(context: TiersContext) {
    this.#context = context;
  }

  /** Rejects when the store does. */
  find(wanted: WantedRead): Promise<Found> {
    const { ledger, l1 } = this.#context;
    const ours = ledger.touching(wanted.dependencies);
    if (ours.some(at => at < requiredOf(wanted))) return Promise.resolve(BUSY);
    return l1 ? this.#findInBoth(l1, wanted, ours) : this.#findInStore(wanted, ours);
  }

  /** Keeps an entry in all tiers. Rejects when the store does. */
  async keep({ key }: WantedRead, entry: Entry, confirmed: Confirmation): Promise<void> {
    this.#context.l1?.hold(key, entry, confirmed);
    await this.#context.store.write(key, encodeEntry(entry), entry.lifetimeMs);
  }

  /** Whether an entry still counts, by what the store says. Rejects when the store does. */
  async isValid(entry: Entry, { dependencies }: WantedRead): Promise<boolean> {
    const { stamps } = await this.#context.store.read(undefined, dependencies);
    return this.#context.ledger.touching(dependencies).length === 0 && changedSince(entry, stamps).length === 0;
  }

  /** Gives back the room of what is in memory. */
  clear(): void {
    this.#context.l1?.clear();
  }

  /** Ends what a look has begun; another look begins it again. */
  close(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#context.heard.lost();
    this.clear();
  }

  async #findInBoth(l1: L1, wanted: WantedRead, ours: readonly number[]): Promise<Found> {
    const { key } = wanted;
    this.#listen();
    const held = l1.get(key);
    const found = held && (await this.#confirmed(held, wanted, ours));
    if (found) return found;
    if (held) l1.drop(key, held);
    return this.#findInStore(wanted, ours);
  }

  /** An entry in memory, if its stamps are those of the store, or were a short while ago and nothing else was heard. */
  async #confirmed(held: HeldEntry, { dependencies }: WantedRead, ours: readonly number[]): Promise<Found | undefined> {
    const { store } = this.#context;
    const { entry } = held;
    if (!this.#isTrusted(held, dependencies, ours)) {
      const confirmation = this.#now();
      const { stamps } = await store.read(undefined, dependencies);
      if (changedSince(entry, withOurs(stamps, ours)).length > 0) return undefined;
      held.confirmed = confirmation;
    }
    return { kind: 'hit', entry, rows: rowsOf(entry), tier: 'l1', confirmed: held.confirmed };
  }

  #isTrusted({ entry, confirmed }: HeldEntry, dependencies: readonly string[], ours: readonly number[]): boolean {
    const { trustMs, heard, isMaking } = this.#context;
    if (performance.now() - confirmed.at >= trustMs || heard.since(confirmed.epoch, dependencies)) return false;
    if (isMaking()) return false;
    return ours.every(at => entry.nonces[at] === null);
  }

  async #findInStore(wanted: WantedRead, ours: readonly number[]): Promise<Found> {
    const { store, l1 } = this.#context;
    const { key, dependencies } = wanted;
    const confirmed = this.#now();
    const { entry: bytes, stamps } = await store.read(key, dependencies);
    const entry = decodeEntry(bytes, dependencies.length);
    const changed = entry && changedSince(entry, withOurs(stamps, ours));
    const hit = changed?.length === 0 && readable(entry, confirmed);
    if (hit) {
      l1?.hold(key, hit.entry, confirmed);
      return hit;
    }
    const all = stamps.some(({ state }) => state === 'missing') ? await store.stamp(dependencies) : stamps;
    const nonces = withOurs(all, ours).map(stamp => nonceOf(stamp) ?? null);
    if (nonces.slice(0, requiredOf(wanted)).includes(null)) return BUSY;
    return { kind: 'miss', nonces, confirmed, ...(changed && { changed: named(changed, dependencies) }) };
  }

  #now(): Confirmation {
    return { at: performance.now(), epoch: this.#context.heard.epoch };
  }

  /** Only what is trusted without asking has to hear of changes. */
  #listen(): void {
    const { trustMs, store, heard } = this.#context;
    if (this.#stopListening || trustMs === 0) return;
    this.#stopListening = store.listen?.({
      changed: dependencies => heard.changed(dependencies),
      lost: () => heard.lost(),
    });
  }
}

const BUSY: Found = { kind: 'busy' };
const HELD: Stamp = { state: 'held' };

/** The stamps, with those held that this process is writing, whether or not the store knows. */
function withOurs(stamps: readonly Stamp[], ours: readonly number[]): readonly Stamp[] {
  return ours.length === 0 ? stamps : stamps.map((stamp, at) => (ours.includes(at) ? HELD : stamp));
}

function readable(entry: Entry | undefined, confirmed: Confirmation): Hit | undefined {
  try {
    return entry && { kind: 'hit', entry, rows: rowsOf(entry), tier: 'l2', confirmed };
  } catch {
    return undefined;
  }
}

function named(positions: readonly number[], dependencies: readonly Dependency[]): Dependency[] {
  return positions.flatMap(at => dependencies[at] ?? []);
}
