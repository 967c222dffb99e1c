import type { KeyMeaning } from './key-meaning.ts';
import { describeNPlusOne, type Finding, type NPlusOne } from './n-plus-one.ts';

const MAX_FINDINGS = 256;

/** The N+1s found so far, at most 256. */
export class Findings {
  readonly #byKey = new Map<string, Finding>();

  /** The finding of this meaning and statement, new with no forks, or `undefined` when there are too many. */
  open(meaning: KeyMeaning, fingerprint: string): Finding | undefined {
    const key = JSON.stringify([meaning, fingerprint]);
    const known = this.#byKey.get(key);
    if (known || this.#byKey.size >= MAX_FINDINGS) return known;
    const finding: Finding = { meaning, fingerprint, times: 0, forks: 0 };
    this.#byKey.set(key, finding);
    return finding;
  }

  /** The most repeated first. */
  list(): NPlusOne[] {
    return Array.from(this.#byKey.values(), describeNPlusOne).toSorted((a, b) => b.times - a.times);
  }
}
