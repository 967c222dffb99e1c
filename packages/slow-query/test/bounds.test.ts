import { describe, expect, it } from 'vitest';

import { Fork } from '../src/fork.ts';
import { Forks } from '../src/forks.ts';
import { TemplateCache } from '../src/template-cache.ts';

function batch(rows: number): string {
  return `insert into t (a) values ${Array(rows).fill("('secret')").join(', ')}`;
}

describe('the template cache', () => {
  it('cuts a text into tokens once', () => {
    const cache = new TemplateCache('postgres');
    expect(cache.read('select 1')).toBe(cache.read('select 1'));
  });

  it('forgets the oldest of more than 2,000 texts', () => {
    const cache = new TemplateCache('postgres');
    const first = cache.read('select a');
    for (let i = 0; i < 2_000; i++) cache.read(`select a${i}`);
    expect(cache.read('select a')).not.toBe(first);
  });

  it('gives batches beyond 8,192 characters one fingerprint, and does not keep them', () => {
    const cache = new TemplateCache('postgres');
    expect(cache.read(batch(5_000)).fingerprint).toBe('insert into t (a) values (?) …');
    expect(cache.read(batch(5_000)).fingerprint).toBe(cache.read(batch(6_000)).fingerprint);
    expect(cache.read(batch(5_000))).not.toBe(cache.read(batch(5_000)));
  });
});

describe('the forks that are watched', () => {
  it('are at most 1,000', () => {
    const forks = new Forks();
    const first = forks.get(1, 0);
    for (let id = 2; id <= 1_000; id++) forks.get(id, 0);
    expect(forks.get(1, 0)).toBe(first);
    forks.get(1_001, 0);
    forks.get(1_002, 0);
    expect(forks.get(1, 0)).not.toBe(first);
  });

  it('remember at most 64 templates each, and that they know no more', () => {
    const fork = new Fork(0);
    const statement = {
      text: '',
      params: [],
      kind: 'read',
      tables: ['t'],
      writes: [],
      node: 'primary',
      durationUs: 1,
      poolWaitUs: 0,
    } as const;
    const first = { fingerprint: '' };
    fork.add(statement, first);
    for (let i = 1; i < 64; i++) expect(fork.add(statement, { fingerprint: '' })).toBeDefined();
    expect(fork.othersThan(first).complete).toBe(true);
    expect(fork.add(statement, { fingerprint: '' })).toBeUndefined();
    expect(fork.othersThan(first).complete).toBe(false);
  });
});
