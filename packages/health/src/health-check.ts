import { describeError } from './describe-error.ts';
import type { HealthStatus } from './health-report.ts';

/** A finding. Give a `reason` whenever the status is not `up`. */
export interface CheckFinding {
  readonly status: HealthStatus;
  /** One line for an operator. */
  readonly reason?: string;
}

/**
 * A question with a yes-or-no answer: return (nothing) for up, throw for down, or return a {@link CheckFinding}.
 * The signal is aborted at the check's deadline; whoever ignores it is not asked again until it has answered.
 */
export type HealthCheck = (
  signal: AbortSignal,
) => CheckFinding | undefined | void | Promise<CheckFinding | undefined | void>;

/** Runs a check; its failure is a finding. */
export async function find(check: HealthCheck, signal: AbortSignal): Promise<CheckFinding> {
  try {
    return understood(await check(signal));
  } catch (error) {
    return { status: 'down', reason: describeError(error) };
  }
}

function understood(answer: unknown): CheckFinding {
  if (answer === undefined) return { status: 'up' };
  if (isFinding(answer)) return answer;
  return { status: 'down', reason: 'The check returned neither nothing nor { status, reason }' };
}

function isFinding(answer: unknown): answer is CheckFinding {
  if (typeof answer !== 'object' || answer === null || !('status' in answer)) return false;
  return answer.status === 'up' || answer.status === 'degraded' || answer.status === 'down';
}
