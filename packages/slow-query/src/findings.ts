import type { KeyMeaning } from './key-meaning.ts';
import { describeNPlusOne, type NPlusOne } from './n-plus-one.ts';

const MAX_FINDINGS = 256;

/** One N+1, and how often it was met. */
export interface Finding {
  readonly meaning: KeyMeaning;
  readonly fingerprint: string;
  times: number;
  forks: number;
}

/** The N+1s found so far, at most 256. */
export class Findings {
  readonly #byKey = new Map<string, Finding>();

  /** The finding of this meaning and statement, new with no forks, or `undefined` when there are too many. */
  open(meaning: KeyMeaning, fingerprint: string): Finding | undefined {
    const key = `${meaning.kind} ${describeNPlusOne(meaning, fingerprint, 0, 0).message} ${fingerprint}`;
    const known = this.#byKey.get(key);
    if (known || this.#byKey.size >= MAX_FINDINGS) return known;
    const finding: Finding = { meaning, fingerprint, times: 0, forks: 0 };
    this.#byKey.set(key, finding);
    return finding;
  }

  /** The most repeated first. */
  list(): NPlusOne[] {
    return Array.from(this.#byKey.values(), describeFinding).toSorted((a, b) => b.times - a.times);
  }
}

export function describeFinding({ meaning, fingerprint, times, forks }: Finding): NPlusOne {
  return describeNPlusOne(meaning, fingerprint, times, forks);
}
