/** `degraded` is worth a look and still serves; `down` does not. */
export type HealthStatus = 'up' | 'degraded' | 'down';

/** What one check found. */
export interface CheckReport {
  /** `database:primary`, `database:replica-0` (or the replica's own name), or the name given to `add`. */
  readonly name: string;
  readonly status: HealthStatus;
  /** Whether this check alone can take the application out of service. */
  readonly critical: boolean;
  /** From sending the probe to its answer, or to giving up on it, in milliseconds. */
  readonly durationMs: number;
  /** When the finding was made: ISO 8601, UTC. */
  readonly checkedAt: string;
  /** Why it is not `up`, in one line without credentials. */
  readonly reason?: string;
}

/** The state of the application at one moment. Plain data: safe to serialize. */
export interface HealthReport {
  /** `down` if a critical check is down, `degraded` if any check is not up, else `up`. */
  readonly status: HealthStatus;
  /** The process runs and answers. No database is asked for it: a restart does not repair a database. */
  readonly live: true;
  /** May receive traffic: `status` is not `down`. */
  readonly ready: boolean;
  readonly checks: readonly CheckReport[];
}

/** Draws the conclusion from the checks. */
export function conclude(checks: readonly CheckReport[]): HealthReport {
  const status = worst(checks);
  return { status, live: true, ready: status !== 'down', checks };
}

function worst(checks: readonly CheckReport[]): HealthStatus {
  if (checks.some(check => check.critical && check.status === 'down')) return 'down';
  return checks.every(check => check.status === 'up') ? 'up' : 'degraded';
}
