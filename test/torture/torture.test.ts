import { describe, expect, it } from 'vitest';

import { describeWith } from '../servers/index.ts';
import { parseCommandLine } from './command-line.ts';
import { modeNames, modes } from './mode.ts';
import { terminalReport } from './terminal-report.ts';
import { isSound, torture } from './torture.ts';

/** Of each mode. `TORTURE_SECONDS=600` for a long run; `TORTURE_SEED` repeats the plan of one. */
const seconds = Number(process.env['TORTURE_SECONDS'] ?? 60) / modeNames.length;
const seed = Number(process.env['TORTURE_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const patience = { timeout: (seconds + 120) * 1_000 };

await describeWith(['postgres', 'redis'], 'three processes, of which some die, and a Redis that breaks', () => {
  it.each(modeNames)(`keep the promise of %s, seed ${seed}`, patience, async name => {
    const report = await torture({ mode: modes[name], seconds, seed, plant: false });
    expect(report).toMatchObject({ seed, undelivered: 0, score: { stale: [], failed: [] } });
    expect(isSound(report)).toBe(true);
    const kinds = new Set(report.faults.map(({ what }) => what));
    expect(kinds.size).toBeGreaterThan(1);
    expect(report.score.hits).toBeGreaterThan(10);
  });

  it('are found out when some writes go past the cache', patience, async () => {
    const report = await torture({ mode: modes.refuse, seconds: 60, seed, plant: true, mostFindings: 1 });
    expect(isSound(report)).toBe(false);
    expect(report.score.stale[0]).toMatch(/missed: "past the cache" by torture-\d/);
    expect(terminalReport(report)).toMatch(/the promise was broken/);
  });
});

describe('the command line', () => {
  it('has defaults for everything', () => {
    expect(parseCommandLine([])).toMatchObject({ kind: 'run', seconds: 60, mode: 'refuse', plant: false });
  });

  it('takes what it is given', () => {
    const args = ['--seconds', '5', '--mode', 'bounded', '--seed', '7', '--plant'];
    expect(parseCommandLine(args)).toEqual({ kind: 'run', seconds: 5, mode: 'bounded', seed: 7, plant: true });
  });

  it.each([['--seconds', '0'], ['--seconds', 'x'], ['--mode', 'hope'], ['--seed', '1.5'], ['--what']])(
    'refuses %s %s',
    (...args) => {
      expect(parseCommandLine(args)).toMatchObject({ kind: 'refused' });
    },
  );
});
