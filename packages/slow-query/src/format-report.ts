import { styleText } from 'node:util';

import { formatDuration } from './format-duration.ts';
import { reportTable } from './report-table.ts';
import type { Ranking, Report } from './report.ts';
import { cut, wrap } from './text-width.ts';

/** How a report is drawn. */
export interface FormatReportOptions {
  /** Characters in a line. Default: the terminal's, else 100. */
  readonly width?: number;
  /** Whether to use terminal colours. Default false. */
  readonly colors?: boolean;
}

/** Draws a report for a terminal. A narrow one gets fewer columns; from 48 characters on no line is longer than it. */
export function formatReport(report: Report, options: FormatReportOptions = {}): string {
  const { width = process.stdout.columns || 100, colors = false } = options;
  const style: Style = (format, text) => (colors ? styleText(format, text, { validateStream: false }) : text);
  return [
    ...wrap(headline(report), width).map(line => style('bold', line)),
    '',
    ...table(report, width, style),
    ...report.nPlusOnes.flatMap(({ message }) => ['', ...warning(message, width, style)]),
  ].join('\n');
}

type Style = (format: 'bold' | 'dim' | 'cyan' | 'yellow', text: string) => string;

const RANKED: Readonly<Record<Ranking, string>> = {
  total: 'total time',
  mean: 'mean time',
  p99: '99th percentile',
  count: 'calls',
};

function headline({ by, total, fingerprints }: Report): string {
  const { count, errors, totalUs, p50Us, p99Us } = total;
  const failed = errors > 0 ? `, ${errors.toLocaleString('en-US')} failed` : '';
  const calls = `${count.toLocaleString('en-US')} statements of ${fingerprints.toLocaleString('en-US')} kinds`;
  const times = `p50 ${formatDuration(p50Us)}, p99 ${formatDuration(p99Us)}${failed}`;
  return `${calls} in ${formatDuration(totalUs)} (${times}), ranked by ${RANKED[by]}`;
}

function table(report: Report, width: number, style: Style): string[] {
  return reportTable(report, width).map(({ figures, label }, row) => {
    const text = cut(label, width - figures.length);
    return row === 0 ? style('dim', figures + text) : style('cyan', figures) + text;
  });
}

function warning(message: string, width: number, style: Style): string[] {
  const [first = '', ...rest] = wrap(message, width - 5);
  return [`${style('yellow', 'N+1')}  ${first}`, ...rest.map(line => `     ${line}`)];
}
