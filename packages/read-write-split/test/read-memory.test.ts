import { expect, it } from 'vitest';

import { ReadMemory } from '../src/route/read-memory.ts';

it('of forks outside of requests the last 8,192 keep to their replica, and old ones are forgotten', () => {
  const memory = new ReadMemory<{ fork: number }>();
  for (let fork = 1; fork <= 12_000; fork++) memory.pin(fork, { fork });
  expect(memory.nodeOf(1)).toBeUndefined();
  for (let fork = 12_001 - 8_192; fork <= 12_000; fork++) expect(memory.nodeOf(fork)).toEqual({ fork });
});
