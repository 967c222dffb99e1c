import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { Causal } from '../src/causal/causal.ts';
import type { NodeStanding } from '../src/positions/log-positions.ts';
import { NodeProgress } from '../src/positions/node-progress.ts';
import { postgresPositions } from '../src/positions/postgres-positions.ts';

const REMEMBER_MS = 60_000;

const standing = async (): Promise<NodeStanding> => ({
  role: 'primary',
  position: postgresPositions.parse('1/0/20'),
  origin: 'a',
  origins: new Set(['a']),
});

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'Date'] }));
afterEach(() => void vi.useRealTimers());

it('what a session wrote is remembered for a minute in which the primary answers, however long it is down before', async () => {
  const primary = { name: 'primary', progress: new NodeProgress(standing) };
  const causal = new Causal(
    { primary, replicas: [] },
    {
      positions: 'postgres',
      waitMs: 0,
      stickyMs: 0,
      rememberMs: REMEMBER_MS,
      yieldsToRead: false,
      warn: () => undefined,
    },
  );
  const reader = {};
  const demands = (): string => causal.demand(reader).kind;
  await primary.progress.look();
  causal.wrote(reader);
  vi.advanceTimersByTime(1);
  await primary.progress.look();
  expect(demands()).toBe('position');
  primary.progress.forget();
  vi.advanceTimersByTime(10 * REMEMBER_MS);
  expect(demands()).toBe('position');
  await primary.progress.look();
  vi.advanceTimersByTime(REMEMBER_MS);
  expect(demands()).toBe('position');
  vi.advanceTimersByTime(1);
  expect(demands()).toBe('anything');
});
