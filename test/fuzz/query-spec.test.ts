import { describe, expect, it } from 'vitest';

import { fuzzQuerySpec } from './query-spec/fuzz-query-spec.ts';

const SEED = Math.floor(Math.random() * 2 ** 31);

describe('query-spec under fuzz', () => {
  it(`lets nothing but QuerySpecError out, for 20,000 inputs of seed ${SEED}, in time that is linear`, () => {
    const { accepted, refused, findings, p999Ms } = fuzzQuerySpec({ runs: 20_000, seed: SEED });
    expect(findings).toEqual([]);
    expect(p999Ms).toBeLessThan(10);
    expect(Math.min(accepted, refused)).toBeGreaterThan(500);
  });
});
