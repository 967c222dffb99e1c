import { styleText } from 'node:util';

import { alignedColumns } from './aligned-columns.ts';
import { holds, type Bound } from './bound.ts';
import type { Finding } from './finding.ts';
import { median } from './median.ts';
import type { BenchRun } from './run-bench.ts';

/** The results of a bench for people; colours are left out where the terminal or `NO_COLOR` does not want them. */
export function terminalReport(run: BenchRun, found: readonly Finding[]): string {
  const blocks = [heading(run), variantTable(run), figureTable(found), [dim(LEGEND)]];
  return blocks.map(lines => lines.map(line => `  ${line}`).join('\n')).join('\n\n');
}

/** The benches with a line each. */
export function benchList(benches: readonly { readonly name: string; readonly summary: string }[]): string {
  return alignedColumns(benches.map(({ name, summary }) => [`  ${styleText('bold', name)}`, summary])).join('\n');
}

const LEGEND =
  'ratio: within a round, the median of all; interval: 95 %, by how sittings differ; control: two alike in the same run.';

const dim = (text: string): string => styleText('dim', text);

function heading({ bench, effort, seconds }: BenchRun): string[] {
  const { sittings, rounds, callsInARow = 1 } = effort;
  const calls = callsInARow === 1 ? 'called in turn' : `called ${callsInARow} times in turn`;
  const how = `${sittings} sittings of ${rounds.toLocaleString('en')} rounds, each variant ${calls}`;
  return [
    `${styleText(['bold', 'cyan'], bench.name)}  ${bench.summary}`,
    dim(`${how}; ${seconds.toFixed(0)} s on Node ${process.versions.node}`),
  ];
}

function variantTable({ sittings }: BenchRun): string[] {
  const names = [...(sittings[0]?.samples.keys() ?? [])];
  const rows = names.map(name => [
    name,
    `${median(sittings.flatMap(({ samples }) => [...(samples.get(name) ?? [])])).toFixed(2)} µs`,
  ]);
  return alignedColumns([['variant', 'median of a call'].map(dim), ...rows], [1]);
}

function figureTable(found: readonly Finding[]): string[] {
  const titles = ['figure', 'value', 'interval', 'control', 'bound', ''].map(dim);
  return alignedColumns([titles, ...found.map(figureRow)], [1, 3]);
}

function figureRow({ figure, value, interval, control, bounds }: Finding): string[] {
  const show = (number: number): string => (figure.kind === 'ratio' ? number.toFixed(4) : plainNumber(number));
  return [
    figure.name,
    styleText('bold', show(value)) + unitOf(figure),
    interval?.map(show).join(' … ') ?? '',
    control === undefined ? '' : control.toFixed(4),
    bounds.map(boundText).join(', '),
    verdict(value, bounds),
  ];
}

function unitOf(figure: Finding['figure']): string {
  return figure.kind === 'number' && figure.unit !== undefined ? ` ${figure.unit}` : '';
}

function plainNumber(number: number): string {
  return number.toLocaleString('en', { maximumFractionDigits: 3 });
}

function boundText({ kind, limit, allowance }: Bound): string {
  return `${kind === 'at most' ? '≤' : '≥'} ${limit}${allowance > 0 ? dim(` + ${allowance.toFixed(4)}`) : ''}`;
}

function verdict(value: number, bounds: readonly Bound[]): string {
  if (bounds.length === 0) return dim('for information');
  return bounds.every(bound => holds(value, bound)) ? styleText('green', '✔ holds') : styleText('red', '✘ missed');
}
