import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';

import { describe, expect, it } from 'vitest';

import { balancedOrders } from './balanced-orders.ts';
import { benchNamed } from './bench-named.ts';
import { defineBench } from './bench.ts';
import { holds, ratioBound } from './bound.ts';
import { parseCommandLine } from './command-line.ts';
import { comparedGroups } from './compared-groups.ts';
import { findings } from './finding.ts';
import { measureRounds, type Samples } from './measure-rounds.ts';
import { medianInterval } from './median-interval.ts';
import { median } from './median.ts';
import { openedInTurn } from './opened-in-turn.ts';
import { resultsJson } from './results-json.ts';
import { runBench, type BenchRun } from './run-bench.ts';
import { terminalReport } from './terminal-report.ts';

const EFFORT = { sittings: 2, rounds: 6, warmUpRounds: 2 };
const main = join(import.meta.dirname, 'main.ts');
const run = promisify(execFile);

/** A bench of two empty variants that notes its calls. */
function openedBench() {
  const calls: string[] = [];
  const noted = (name: string) => () => () => void calls.push(name);
  const bench = defineBench({
    name: 'nothing',
    summary: 'does nothing',
    figures: [
      { kind: 'ratio', name: 'b_vs_a', of: 'b', to: 'a', control: 'c', atMost: 2 },
      { kind: 'number', name: 'answers', atLeast: 42 },
    ],
    open: async () => ({
      variants: { a: noted('a'), b: noted('b'), c: noted('c') },
      numbers: () => ({ answers: 42 }),
      close: async () => void calls.push('close'),
    }),
  });
  return { bench, calls };
}

const samplesOf = (times: Record<string, number[]>): Samples =>
  new Map(Object.entries(times).map(([name, us]) => [name, Float64Array.from(us)]));

/** How often each of the keys is there. */
const countsOf = (keys: string[]): number[] =>
  Object.values(Object.groupBy(keys, key => key)).map(found => found?.length ?? 0);

const figureOf = (of: string, to: string) => ({ kind: 'ratio', name: `${of}_vs_${to}`, of, to, control: to }) as const;

const outOfRows = () => () => Promise.reject(new Error('out of rows'));

/** What a run would be whose sittings took these times. */
function runOf(...sittings: Record<'a' | 'b' | 'c', number[]>[]): BenchRun {
  return {
    bench: openedBench().bench,
    effort: EFFORT,
    seconds: 1,
    sittings: sittings.map(times => ({ samples: samplesOf(times), numbers: { answers: 42 } })),
  };
}

describe('the order of the calls', () => {
  it.each([2, 3, 4, 5, 6, 7])('of %i variants has each equally often in each place and behind each other', size => {
    const orders = balancedOrders(size);
    const places = orders.flatMap(order => order.map((variant, place) => `${variant} at ${place}`));
    const pairs = orders.flatMap(order => order.slice(1).map((variant, at) => `${variant} behind ${order[at]}`));
    expect(countsOf(places)).toEqual(Array.from({ length: size * size }, () => orders.length / size));
    expect(countsOf(pairs)).toEqual(Array.from({ length: size * (size - 1) }, () => orders.length / size));
  });

  it('is another each round, and calls every variant once a round', async () => {
    const { bench, calls } = openedBench();
    await measureRounds(await bench.open(0), { rounds: 4, warmUpRounds: 2 });
    const rounds = Array.from({ length: 6 }, (_, round) => calls.slice(round * 3, round * 3 + 3));
    expect(new Set(rounds.map(String)).size).toBe(6);
    expect(rounds.map(round => round.toSorted())).toEqual(Array.from({ length: 6 }, () => ['a', 'b', 'c']));
  });

  it('has each variant called as often in a row as the effort says', async () => {
    const { bench, calls } = openedBench();
    const samples = await measureRounds(await bench.open(0), { rounds: 2, warmUpRounds: 0, callsInARow: 3 });
    const turns = Array.from({ length: 6 }, (_, turn) => calls.slice(turn * 3, turn * 3 + 3));
    expect(turns.every(turn => new Set(turn).size === 1)).toBe(true);
    expect([...samples.values()].map(us => us.length)).toEqual([2, 2, 2]);
  });

  it('has rounds of its own for what is not compared with the others', async () => {
    expect(comparedGroups([figureOf('a', 'b'), figureOf('c', 'd'), figureOf('e', 'a')])).toEqual([
      ['c', 'd'],
      ['a', 'b', 'e'],
    ]);
    const { bench, calls } = openedBench();
    const open = async () => {
      const sitting = await bench.open(0);
      return {
        ...sitting,
        variants: { ...sitting.variants, d: () => () => void calls.push('d'), e: sitting.variants.a },
      };
    };
    await runBench({ ...bench, figures: [figureOf('a', 'b'), figureOf('d', 'd')], open }, undefined, {
      ...EFFORT,
      sittings: 1,
    });
    expect(calls.slice(0, 16).toSorted().join('')).toBe('a'.repeat(8) + 'b'.repeat(8));
    expect(calls.slice(16)).toEqual([...Array.from({ length: 8 }, () => 'd'), 'close']);
  });

  it('in which variants are opened begins elsewhere each sitting', async () => {
    const order: string[] = [];
    const open = (name: string) => async () => order.push(name);
    await openedInTurn({ a: open('a'), b: open('b'), c: open('c') }, 4);
    expect(order).toEqual(['b', 'c', 'a']);
  });
});

describe('a sitting', () => {
  it('keeps the rounds after the warm-up only', async () => {
    const { bench } = openedBench();
    const samples = await measureRounds(await bench.open(0), { rounds: 4, warmUpRounds: 2 });
    expect([...samples.keys()]).toEqual(['a', 'b', 'c']);
    for (const us of samples.values()) {
      expect(us).toHaveLength(4);
      expect(Math.min(...us)).toBeGreaterThan(0);
    }
  });

  it('is closed, also when a call fails', async () => {
    const { bench, calls } = openedBench();
    const open = async () => ({ ...(await bench.open(0)), variants: { a: outOfRows } });
    await expect(runBench({ ...bench, open }, undefined, EFFORT)).rejects.toThrow('out of rows');
    expect(calls).toEqual(['close']);
  });
});

describe('a figure', () => {
  it('is the median over sittings of the medians of the ratios within a round', () => {
    const [ratio] = findings(
      runOf(
        { a: [1, 10, 100], b: [2, 20, 900], c: [1, 10, 50] },
        { a: [1, 1, 1], b: [3, 3, 3], c: [1.5, 1.5, 1.5] },
        { a: [1, 1, 1], b: [9, 9, 9], c: [3, 3, 3] },
      ),
    );
    expect(ratio).toMatchObject({ value: 3, control: 1.5, interval: undefined });
  });

  it('that names what was not measured is refused', () => {
    const { bench, ...rest } = runOf({ a: [1], b: [1], c: [1] });
    const figures = [{ kind: 'ratio', name: 'x', of: 'z', to: 'a', control: 'c' }] as const;
    expect(() => findings({ ...rest, bench: { ...bench, figures } })).toThrow(
      expect.objectContaining({ code: 'NOT_MEASURED', message: expect.stringContaining('"z"') }),
    );
  });

  it.each([
    [1.0201, 1, false],
    [1.02, 1, true],
    [1.05, 1.031, true],
    [1.05, 0.969, true],
    [1.05, 1.029, false],
  ])('of %f, with a control of %f, keeps a bound of 1.02: %s', (value, control, expected) => {
    expect(holds(value, ratioBound('at most', 1.02, control))).toBe(expected);
  });

  it('may have to be at least something', () => {
    expect(holds(41, { kind: 'at least', limit: 42, allowance: 0 })).toBe(false);
    expect(holds(42, { kind: 'at least', limit: 42, allowance: 0 })).toBe(true);
  });
});

describe('the median', () => {
  it('is the middle, or between the two in the middle', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(() => median([])).toThrow(expect.objectContaining({ code: 'NOT_MEASURED' }));
  });

  it.each([
    [5, undefined],
    [6, [1, 6]],
    [9, [2, 8]],
    [24, [7, 18]],
  ])('of %i values lies where the tables of the sign test say', (size, expected) => {
    expect(medianInterval(Array.from({ length: size }, (_, at) => size - at))).toEqual(expected);
  });
});

describe('the command', () => {
  it('reads a name and a file', () => {
    expect(parseCommandLine([])).toEqual({ kind: 'list' });
    expect(parseCommandLine(['tap'])).toEqual({ kind: 'run', name: 'tap' });
    expect(parseCommandLine(['tap', '--json', 'x.json'])).toEqual({ kind: 'run', name: 'tap', json: 'x.json' });
  });

  it.each([[['a', 'b']], [['--json', 'x.json']], [['--jsn']], [['tap', '--json']]])('does not understand %j', args => {
    expect(() => parseCommandLine(args)).toThrow(expect.objectContaining({ code: 'BAD_ARGUMENTS' }));
  });

  it('names the benches that there are when it does not know one', async () => {
    const { bench } = openedBench();
    expect(() => benchNamed('no', [bench])).toThrow('Unknown bench "no"; there are: nothing.');
    await expect(run(process.execPath, [main, 'no'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^Unknown bench "no"; there are: .*tap/),
    });
  });

  it('lists the benches without a name, a line each', async () => {
    const { stdout } = await run(process.execPath, [main]);
    expect(stdout).toMatch(/^ {2}tap +what the statement tap adds/m);
  });
});

describe('the results', () => {
  it('are numbers by figure, a ratio with its control', async () => {
    const { bench } = openedBench();
    const { figures, ...rest } = resultsJson('nothing', findings(await runBench(bench, undefined, EFFORT)));
    expect(rest).toEqual({ bench: 'nothing', node: process.versions.node });
    expect(figures).toEqual({ b_vs_a: expect.any(Number), b_vs_a_control: expect.any(Number), answers: 42 });
  });

  it('say of each bound whether it holds', () => {
    const done = runOf({ a: [1, 1], b: [3, 3], c: [1.25, 1.25] });
    const table = stripVTControlCharacters(terminalReport(done, findings(done)));
    expect(table).toMatch(/b_vs_a +3\.0000 +1\.2500 +≤ 2 \+ 0\.2500 +✘ missed/);
    expect(table).toMatch(/answers +42 +≥ 42 +✔ holds/);
  });
});
