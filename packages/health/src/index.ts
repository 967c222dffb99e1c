export { formatHealth } from './format-health.ts';
export { getHealth, health } from './health.ts';
export type { CheckFinding, HealthCheck } from './health-check.ts';
export { HealthError, type HealthErrorCode } from './health-error.ts';
export { healthJson, type HealthJson, type HealthJsonCheck, type HealthJsonStatus } from './health-json.ts';
export type { HealthMonitor } from './health-monitor.ts';
export type { CheckOptions, HealthOptions } from './health-options.ts';
export type { CheckReport, HealthReport, HealthStatus } from './health-report.ts';
