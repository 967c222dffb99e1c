import { isDeepStrictEqual } from 'node:util';

import type { EventListeners } from '@mikro-kit/statement-tap';

import type { Dependency } from '../dependency.ts';
import { canonical } from '../entries/canonical.ts';
import type { Statistics } from '../statistics.ts';

/** What the cache tells its listeners of. */
export interface CacheEvents {
  /** Shadow mode found that an entry which counted as valid differs from the database. `dependencies`: its own. */
  stale: { readonly dependencies: readonly Dependency[] };
}

/** Compares a share of the hits with the database. */
export class Shadow {
  readonly #share: number;
  readonly #statistics: Statistics;
  readonly #events: EventListeners<CacheEvents>;
  readonly #warn: (message: string) => void;

  constructor(
    share: number,
    statistics: Statistics,
    events: EventListeners<CacheEvents>,
    warn: (message: string) => void,
  ) {
    this.#share = share;
    this.#statistics = statistics;
    this.#events = events;
    this.#warn = warn;
  }

  /** Whether this hit is one to compare. */
  picks(): boolean {
    return this.#share > 0 && Math.random() < this.#share;
  }

  /**
   * Whether the rows of a hit differ from those of the database although nothing was written in between: `isValid` is
   * asked after the database answered, since a write in between makes them differ rightly.
   */
  async compare(
    hit: unknown,
    fresh: unknown,
    isValid: () => Promise<boolean>,
    dependencies: readonly Dependency[],
  ): Promise<boolean> {
    this.#statistics.count('compared');
    if (isSame(hit, fresh) || !(await isValid().catch(() => false))) return false;
    this.#statistics.count('stale');
    this.#warn(`a hit differs from the database; it depends on ${dependencies.join(', ')}. Something writes unseen.`);
    this.#events.emit('stale', { dependencies });
    return true;
  }
}

/** The order of rows that were asked for without an order says nothing. */
function isSame(one: unknown, other: unknown): boolean {
  if (isDeepStrictEqual(one, other)) return true;
  const [texts, others] = [textsOf(one), textsOf(other)];
  return !texts.includes(undefined) && isDeepStrictEqual(texts, others);
}

function textsOf(rows: unknown): (string | undefined)[] {
  const list: unknown[] = Array.isArray(rows) ? rows : [rows];
  return list.map(canonical).toSorted((a = '', b = '') => (a < b ? -1 : Number(a > b)));
}
