import { BenchError } from './bench-error.ts';
import { ratioBound, type Bound } from './bound.ts';
import type { Figure, NumberFigure, RatioFigure } from './figure.ts';
import type { Samples } from './measure-rounds.ts';
import { medianInterval } from './median-interval.ts';
import { median } from './median.ts';
import type { BenchRun, SittingResult } from './run-bench.ts';

/** What a figure came to. */
export interface Finding {
  readonly figure: Figure;
  readonly value: number;
  /** Where the value lies, judged by how the sittings differ; undefined when they are too few. */
  readonly interval: readonly [low: number, high: number] | undefined;
  /** Ratios only. */
  readonly control?: number;
  /** None: the figure is for information. */
  readonly bounds: readonly Bound[];
}

/** What the figures of a bench came to. Throws `NOT_MEASURED` when a figure names what the bench does not have. */
export function findings({ bench, sittings }: BenchRun): Finding[] {
  return bench.figures.map(figure =>
    figure.kind === 'ratio' ? ratioFinding(figure, sittings) : numberFinding(figure, sittings),
  );
}

function ratioFinding(figure: RatioFigure, sittings: readonly SittingResult[]): Finding {
  const values = sittings.map(({ samples }) => medianRatio(samples, figure.of, figure.to));
  const control = median(sittings.map(({ samples }) => medianRatio(samples, figure.control, figure.to)));
  const bounds: Bound[] = [];
  if (figure.atLeast !== undefined) bounds.push(ratioBound('at least', figure.atLeast, control));
  if (figure.atMost !== undefined) bounds.push(ratioBound('at most', figure.atMost, control));
  return { figure, value: median(values), interval: medianInterval(values), control, bounds };
}

function numberFinding(figure: NumberFigure, sittings: readonly SittingResult[]): Finding {
  const values = sittings.map(({ numbers }) => numbers[figure.name] ?? missing(figure.name));
  const bounds: Bound[] = [];
  if (figure.atLeast !== undefined) bounds.push({ kind: 'at least', limit: figure.atLeast, allowance: 0 });
  if (figure.atMost !== undefined) bounds.push({ kind: 'at most', limit: figure.atMost, allowance: 0 });
  return { figure, value: median(values), interval: medianInterval(values), bounds };
}

/** Drift and the neighbours' work strike both calls of a round, and so cancel out. */
function medianRatio(samples: Samples, of: string, to: string): number {
  const base = samples.get(to) ?? missing(to);
  return median((samples.get(of) ?? missing(of)).map((us, round) => us / (base[round] ?? Number.NaN)));
}

function missing(name: string): never {
  throw new BenchError('NOT_MEASURED', `A figure speaks of "${name}", which the bench has not measured.`);
}
