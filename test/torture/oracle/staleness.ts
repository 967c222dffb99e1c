import { isDeepStrictEqual } from 'node:util';

import type { Seen } from '../../result-cache/torture/ways.ts';
import type { Step } from './items.ts';

/** What a read told of an item that it can not have been while the read lasted. */
export interface Staleness {
  readonly field: Field;
  readonly saw: unknown;
  /** What it can have been. */
  readonly possible: readonly unknown[];
  /** The first acknowledged write that the read did not see; undefined when the item never was what it saw. */
  readonly missed: Step | undefined;
}

type Field = 'exists' | 'version' | 'tags' | 'hasPart';

const FIELDS: readonly Field[] = ['exists', 'version', 'tags', 'hasPart'];

/**
 * What is wrong with what a read saw of one item: the field that is longest out of date, if one is.
 *
 * Right is whatever the item was between the last write that was acknowledged before the read started and the last that
 * began before it ended. Each field is judged by itself, for a read can be several statements.
 */
export function stalenessOf(
  seen: Seen,
  { startedAt, endedAt }: { readonly startedAt: number; readonly endedAt: number },
  steps: readonly Step[],
): Staleness | undefined {
  const first = steps.findLastIndex(({ acknowledgedAt }) => acknowledgedAt <= startedAt);
  const last = steps.findLastIndex(({ begunAt }) => begunAt <= endedAt);
  const wrong = FIELDS.flatMap(field => wrongIn(field, seen, steps, first, last) ?? []);
  return wrong.toSorted((one, other) => missedAt(one) - missedAt(other))[0];
}

function wrongIn(field: Field, seen: Seen, steps: readonly Step[], first: number, last: number): Staleness | undefined {
  const saw = seen[field];
  if (saw === undefined) return undefined;
  const isThat = ({ state }: Step): boolean => isDeepStrictEqual(state[field], saw);
  const possible = steps.slice(Math.max(first, 0), last + 1);
  if (possible.some(isThat)) return undefined;
  const stood = steps.slice(0, Math.max(first, 0)).findLastIndex(isThat);
  return {
    field,
    saw,
    possible: possible.map(({ state }) => state[field]),
    missed: stood < 0 ? undefined : steps[stood + 1],
  };
}

function missedAt({ missed }: Staleness): number {
  return missed?.acknowledgedAt ?? -Infinity;
}
