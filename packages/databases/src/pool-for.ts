import { DatabasesError } from './databases-error.ts';
import { poolPlanners, type PoolDriver, type PoolPlan } from './pool-plan.ts';
import { poolSize } from './pool-size.ts';

/** What {@link poolFor} plans for. */
export interface PoolForOptions {
  readonly driver: PoolDriver;
  /** Users (or jobs) that this process serves at one moment. */
  readonly concurrentUsers: number;
  /** How long a query waits for a connection, in milliseconds. Default 30,000. */
  readonly acquireTimeoutMs?: number;
  /** How old a connection may get, in milliseconds. Default 3,600,000. */
  readonly recycleAfterMs?: number;
}

/**
 * Plans a connection pool from the users that it has to serve: a base of max(5, users / 2) connections, half as many on
 * top as a burst, the most recently used one first. `notes` says what the driver cannot do of that.
 * @throws DatabasesError `INVALID_OPTION`
 */
export function poolFor(options: PoolForOptions): PoolPlan {
  const { driver, concurrentUsers, acquireTimeoutMs = 30_000, recycleAfterMs = 3_600_000 } = options;
  requirePositive({ concurrentUsers, acquireTimeoutMs, recycleAfterMs });
  return plannerOf(driver)({ ...poolSize(concurrentUsers), acquireTimeoutMs, recycleAfterMs });
}

function requirePositive(numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (Number.isFinite(value) && value > 0) continue;
    throw new DatabasesError('INVALID_OPTION', `${name} of poolFor must be a positive number, not ${value}.`);
  }
}

function plannerOf(driver: PoolDriver): (typeof poolPlanners)[PoolDriver] {
  if (Object.hasOwn(poolPlanners, driver)) return poolPlanners[driver];
  const known = Object.keys(poolPlanners).join(', ');
  throw new DatabasesError('INVALID_OPTION', `poolFor knows no driver "${driver}"; it knows ${known}.`);
}
