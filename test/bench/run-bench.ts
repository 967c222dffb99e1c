import { DEFAULT_EFFORT, type Bench, type Effort, type Sitting } from './bench.ts';
import { comparedGroups } from './compared-groups.ts';
import { measureRounds, type Samples } from './measure-rounds.ts';

/** What one sitting gave. */
export interface SittingResult {
  readonly samples: Samples;
  readonly numbers: Readonly<Record<string, number>>;
}

/** What a bench gave. */
export interface BenchRun {
  readonly bench: Bench;
  readonly effort: Effort;
  readonly sittings: readonly SittingResult[];
  readonly seconds: number;
}

/** Hears how many rounds of how many are done, warm-up included. */
export type Progress = (done: number, total: number) => void;

/** Runs a bench, sitting after sitting. `effort` overrides what the bench says of it. */
export async function runBench(bench: Bench, progress: Progress = () => {}, effort?: Effort): Promise<BenchRun> {
  const how = { ...DEFAULT_EFFORT, ...bench.effort, ...effort };
  const total = how.sittings * comparedGroups(bench.figures).length * (how.rounds + how.warmUpRounds);
  const started = performance.now();
  const sittings: SittingResult[] = [];
  let done = 0;
  const round = (): void => progress(++done, total);
  for (let sitting = 0; sitting < how.sittings; sitting++) sittings.push(await sit(bench, sitting, how, round));
  return { bench, effort: how, sittings, seconds: (performance.now() - started) / 1_000 };
}

async function sit(bench: Bench, number: number, effort: Effort, round: () => void): Promise<SittingResult> {
  const sitting = await bench.open(number);
  try {
    const samples = new Map<string, Float64Array>();
    for (const names of comparedGroups(bench.figures)) {
      const group = await measureRounds({ variants: variantsNamed(names, sitting) }, effort, round);
      for (const [name, us] of group) samples.set(name, us);
    }
    return { samples, numbers: sitting.numbers?.() ?? {} };
  } finally {
    await sitting.close();
  }
}

function variantsNamed(names: readonly string[], { variants }: Sitting): Sitting['variants'] {
  return Object.fromEntries(Object.entries(variants).filter(([name]) => names.includes(name)));
}
