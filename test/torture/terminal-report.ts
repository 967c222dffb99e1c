import { styleText } from 'node:util';

import { alignedColumns } from '../bench/aligned-columns.ts';
import { isSound, type Report } from './torture.ts';

/** Beyond so many, findings are only counted. */
const MOST_SHOWN = 10;

/** What came of a run, for people; colours are left out where the terminal or `NO_COLOR` does not want them. */
export function terminalReport(report: Report): string {
  const { mode, seconds, seed, score } = report;
  const blocks = [
    [
      `${styleText(['bold', 'cyan'], `torture, ${mode.name}`)}  ${mode.summary}`,
      styleText('dim', `${seconds} s, seed ${seed}`),
    ],
    counts(report),
    findings('stale', score.stale),
    findings('failed', score.failed),
    [verdict(report)],
  ];
  return blocks
    .filter(lines => lines.length > 0)
    .map(lines => lines.map(line => `  ${line}`).join('\n'))
    .join('\n\n');
}

function counts({ score, faults, undelivered, l1Hits }: Report): string[] {
  const { reads, hits, writes, refused, unknown, stale, tolerated, oldestToleratedMs, failed } = score;
  const rows: [string, number, string][] = [
    ['reads', reads, `${count(hits)} by the cache alone; the last workers had ${count(l1Hits)} hits in memory`],
    ['writes', writes, `${count(refused)} more were refused, ${count(unknown)} ended with their worker`],
    ['faults', faults.length, faultSummary(faults)],
    [
      'stale',
      stale.length,
      tolerated > 0 ? `${count(tolerated)} more within the promise, up to ${Math.round(oldestToleratedMs)} ms old` : '',
    ],
    ['failed', failed.length, ''],
    ['undelivered', undelivered, ''],
  ];
  return alignedColumns(
    rows.map(([name, number, note]) => [name, styleText('bold', count(number)), styleText('dim', note)]),
    [1],
  );
}

function faultSummary(faults: Report['faults']): string {
  const kinds = Map.groupBy(faults, ({ what }) => what);
  return [...kinds]
    .map(([what, all]) => {
      const recoveries = all.flatMap(({ recoveredMs }) => recoveredMs ?? []);
      const slowest = recoveries.length > 0 ? ` (over within ${Math.round(Math.max(...recoveries))} ms)` : '';
      return `${all.length} × ${what}${slowest}`;
    })
    .join(', ');
}

function findings(title: string, found: readonly string[]): string[] {
  if (found.length === 0) return [];
  const shown = found.slice(0, MOST_SHOWN).map(text => `- ${text}`);
  const more = found.length > MOST_SHOWN ? [`… and ${found.length - MOST_SHOWN} more`] : [];
  return [styleText('red', title), ...shown, ...more];
}

function verdict(report: Report): string {
  return isSound(report) ? styleText('green', '✔ the promise was kept') : styleText('red', '✘ the promise was broken');
}

function count(number: number): string {
  return number.toLocaleString('en');
}
