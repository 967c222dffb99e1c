import { describe, expect, it } from 'vitest';

import { EXPIRATION_MS, MAX_STALE_MS } from '../mode.ts';
import { Items, type Step } from './items.ts';
import { Outages } from './outages.ts';
import { stalenessOf } from './staleness.ts';
import { verdictOn } from './verdict.ts';

function step(version: number, begunAt: number, acknowledgedAt: number, more: Partial<Step['state']> = {}): Step {
  const state = { version, exists: true, tags: [], hasPart: false, ...more };
  return { state, begunAt, acknowledgedAt, by: 'writer', how: `write ${version}`, isTold: true };
}

const steps = [step(1, -Infinity, -Infinity), step(2, 100, 110), step(3, 200, 220)];

describe('a read', () => {
  it.each([
    ['what was acknowledged before it started', { startedAt: 150, endedAt: 160 }, 2],
    ['what was there while a write was under way', { startedAt: 205, endedAt: 206 }, 2],
    ['what a write that is under way will leave', { startedAt: 205, endedAt: 206 }, 3],
    ['what was there before a write that ended during the read', { startedAt: 90, endedAt: 300 }, 1],
  ])('may see %s', (_, times, version) => {
    expect(stalenessOf({ id: 1, exists: true, version }, times, steps)).toBeUndefined();
  });

  it('must not see what was there before a write that was acknowledged when it started', () => {
    const staleness = stalenessOf({ id: 1, version: 1 }, { startedAt: 111, endedAt: 112 }, steps);
    expect(staleness).toMatchObject({ field: 'version', saw: 1, possible: [2], missed: { how: 'write 2' } });
  });

  it('must not see what will be written after it ended, or never is', () => {
    for (const version of [3, -1]) {
      const staleness = stalenessOf({ id: 1, version }, { startedAt: 150, endedAt: 160 }, steps);
      expect(staleness).toMatchObject({ possible: [2], missed: undefined });
    }
  });

  it('is judged by the field that is longest out of date', () => {
    const tagged = [step(1, -Infinity, -Infinity, { tags: [7] }), step(1, 10, 20), step(2, 30, 40)];
    const staleness = stalenessOf({ id: 1, version: 1, tags: [7] }, { startedAt: 50, endedAt: 60 }, tagged);
    expect(staleness).toMatchObject({ field: 'tags', missed: { begunAt: 10 } });
  });
});

it('a judgement waits for the write that is under way, whose outcome may come in late', async () => {
  const items = new Items();
  const { promise, resolve } = Promise.withResolvers<void>();
  const seen: number[] = [];
  const writing = items.write([1], async ([before]) => {
    items.whenKnown(1, known => seen.push(known.length));
    await promise;
    return before && { states: [before], acknowledgedAt: 0, by: 'writer', how: 'late', isTold: true };
  });
  items.whenKnown(2, known => seen.push(known.length));
  expect(seen).toEqual([1]);
  resolve();
  await writing;
  expect(seen).toEqual([1, 2]);
});

describe('a stale read', () => {
  const outages = new Outages();
  const outage = outages.begin('Redis paused');
  outages.died('dead');
  outages.end(outage);
  const { from, until } = outage;
  const missing = (missed: Partial<Step>) => ({
    field: 'version' as const,
    saw: 1,
    possible: [2],
    missed: { ...step(2, until + 1, until + 2), ...missed },
  });
  const before = { begunAt: from - 20, acknowledgedAt: from };

  it('breaks the promise of refuse, always', () => {
    expect(verdictOn(missing(before), until, 'refuse', outages)).toMatchObject({ kind: 'broken' });
  });

  it('is within the promise of bounded up to maxStaleMs', () => {
    const { acknowledgedAt } = missing({}).missed;
    const verdict = (ageMs: number) => verdictOn(missing({}), acknowledgedAt + ageMs, 'bounded', outages).kind;
    expect([verdict(MAX_STALE_MS), verdict(MAX_STALE_MS + 1)]).toEqual(['tolerated', 'broken']);
  });

  const inProceed = (missed: Partial<Step>, startedAt: number) =>
    verdictOn(missing(missed), startedAt, 'proceed', outages).kind;

  it('is within the promise of proceed in an outage, and after it when what was to be told died in it', () => {
    expect(inProceed({}, until + 3)).toBe('broken');
    expect(inProceed(before, until)).toBe('tolerated');
    expect(inProceed(before, until + 1)).toBe('broken');
    expect(inProceed({ ...before, by: 'dead' }, until + 1)).toBe('tolerated');
    expect(inProceed({ ...before, by: 'dead' }, from + EXPIRATION_MS + 1)).toBe('broken');
    expect(inProceed({ isTold: false }, until + 3)).toBe('tolerated');
  });

  it('breaks every promise when it is of something that never was', () => {
    const never = { field: 'version' as const, saw: -1, possible: [2], missed: undefined };
    for (const mode of ['refuse', 'proceed', 'bounded'] as const) {
      expect(verdictOn(never, until, mode, outages)).toMatchObject({ promise: 'it never was that' });
    }
  });
});
