import type { CheckReport, HealthReport, HealthStatus } from './health-report.ts';

/** One entry of {@link HealthJson.checks}. */
export interface HealthJsonCheck {
  readonly componentId: string;
  readonly status: HealthJsonStatus;
  readonly observedValue: number;
  readonly observedUnit: 'ms';
  readonly time: string;
  readonly output?: string;
}

/** The draft's words for up, degraded and down. */
export type HealthJsonStatus = 'pass' | 'warn' | 'fail';

/** A body of `application/health+json` (draft-inadarei-api-health-check-06). */
export interface HealthJson {
  readonly status: HealthJsonStatus;
  readonly checks: Readonly<Record<string, readonly HealthJsonCheck[]>>;
}

const words = { up: 'pass', degraded: 'warn', down: 'fail' } as const satisfies Record<HealthStatus, HealthJsonStatus>;

/** The draft's body without details: `/live` and `/ready`. */
export function statusJson(status: HealthStatus): { readonly status: HealthJsonStatus } {
  return { status: words[status] };
}

/** The draft's body, each check under `<component>:responseTime`: `database:primary` is component `database`. */
export function healthJson(report: HealthReport): HealthJson {
  const byComponent = Map.groupBy(report.checks, check => `${componentOf(check)}:responseTime`);
  const entries = [...byComponent].map(([key, checks]) => [key, checks.map(checkJson)] as const);
  return { ...statusJson(report.status), checks: Object.fromEntries(entries) };
}

function checkJson(check: CheckReport): HealthJsonCheck {
  return {
    componentId: check.name,
    status: words[check.status],
    observedValue: check.durationMs,
    observedUnit: 'ms',
    time: check.checkedAt,
    ...(check.reason !== undefined && { output: check.reason }),
  };
}

function componentOf({ name }: CheckReport): string {
  return name.split(':', 1)[0] ?? name;
}
