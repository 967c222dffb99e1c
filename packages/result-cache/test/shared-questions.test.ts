import { chaosStore } from '@mikro-kit/result-cache/conformance';
import { describe, expect, it } from 'vitest';

import { memoryStore } from '../src/store/memory-store.ts';
import { sharingQuestions } from '../src/store/shared-questions.ts';

function open() {
  const asked = chaosStore(memoryStore());
  return { asked, store: sharingQuestions(asked) };
}

describe('a store of which equal questions are shared', () => {
  it('answers a thousand equal questions by one', async () => {
    const { asked, store } = open();
    await store.stamp(['a', 'b']);
    await store.write('key', Buffer.from('rows'), 60_000);
    const answers = await Promise.all(Array.from({ length: 1_000 }, () => store.read('key', ['a', 'b'])));
    expect(new Set(answers.map(({ entry }) => entry?.toString()))).toEqual(new Set(['rows']));
    expect(asked.calls.filter(call => call === 'read')).toHaveLength(1);
  });

  it('keeps questions apart that only look alike', async () => {
    const { store } = open();
    const [one, two] = await Promise.all([store.stamp(['a","b']), store.stamp(['a', 'b'])]);
    expect([one.length, two.length]).toEqual([1, 2]);
    const [stamps, entry] = await Promise.all([store.read(undefined, ['a']), store.read('["b"]', ['b'])]);
    expect([stamps.stamps, entry.stamps]).toEqual([[two[0]], [two[1]]]);
  });

  it('does not answer what is asked after a change by what was asked before it', async () => {
    const { store } = open();
    const [before] = await store.stamp(['a']);
    const early = store.read(undefined, ['a']);
    await store.bump(['a'], 'writer');
    const late = await store.read(undefined, ['a']);
    expect(late.stamps).not.toEqual([before]);
    await early;
  });

  it('rejects for all who asked, and asks again afterwards', async () => {
    const { asked, store } = open();
    asked.disturb('fails', ['read']);
    const [one, two] = await Promise.allSettled([store.read('key', []), store.read('key', [])]);
    expect([one.status, two.status]).toEqual(['rejected', 'rejected']);
    asked.heal();
    await expect(store.read('key', [])).resolves.toEqual({ entry: undefined, stamps: [] });
  });
});
