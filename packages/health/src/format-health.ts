import type { CheckReport, HealthReport } from './health-report.ts';

/** The report as a small block of plain text for a terminal: a headline, then one line for each check. */
export function formatHealth(report: HealthReport): string {
  const width = Math.max(0, ...report.checks.map(check => check.name.length));
  const headline = `health: ${report.status}, ${report.ready ? 'ready' : 'not ready'}`;
  return [headline, ...report.checks.map(check => line(check, width))].join('\n');
}

function line({ name, status, durationMs, reason }: CheckReport, width: number): string {
  const columns = [name.padEnd(width), status.padEnd(8), `${durationMs.toFixed(1)} ms`.padStart(10), reason ?? ''];
  return `  ${columns.join('  ')}`.trimEnd();
}
