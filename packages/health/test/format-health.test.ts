import { formatHealth, type HealthReport } from '@mikro-kit/health';
import { expect, it } from 'vitest';

it('is a headline and an aligned line for each check', () => {
  const checkedAt = '2026-01-01T00:00:00.000Z';
  const report: HealthReport = {
    status: 'degraded',
    live: true,
    ready: true,
    checks: [
      { name: 'database:primary', status: 'up', critical: true, durationMs: 0.42, checkedAt },
      { name: 'database:oslo', status: 'down', critical: false, durationMs: 1_000, checkedAt, reason: 'No answer' },
    ],
  };
  expect(formatHealth(report).split('\n')).toEqual([
    'health: degraded, ready',
    '  database:primary  up            0.4 ms',
    '  database:oslo     down       1000.0 ms  No answer',
  ]);
});
