import type { MikroORM } from '@mikro-orm/core';

import { HealthError } from './health-error.ts';
import { HealthMonitor } from './health-monitor.ts';
import { resolveOptions, type HealthOptions } from './health-options.ts';

const NAME = '@mikro-kit/health';

/**
 * The extension: put it in MikroORM's `extensions`, reach it with {@link getHealth}. It opens no connection and starts
 * no timer by itself.
 * @throws HealthError `INVALID_OPTION`
 */
export function health(options: HealthOptions = {}): { register(orm: MikroORM): void } {
  const resolved = resolveOptions(options);
  return {
    register(orm) {
      const monitor = new HealthMonitor(orm, resolved);
      orm.config.registerExtension(NAME, () => monitor);
      closeBefore(orm, monitor);
    },
  };
}

/** The health monitor of an ORM. @throws HealthError `NOT_REGISTERED` */
export function getHealth(orm: MikroORM): HealthMonitor {
  const monitor: unknown = orm.config.getExtension(NAME);
  if (isMonitor(monitor)) return monitor;
  throw new HealthError('NOT_REGISTERED', "This ORM has no health checks; add health() to MikroORM's `extensions`.");
}

// Structural, so that a second installed copy finds the monitor of the first.
function isMonitor(value: unknown): value is HealthMonitor {
  return typeof value === 'object' && value !== null && 'check' in value && 'handler' in value;
}

function closeBefore(orm: MikroORM, monitor: HealthMonitor): void {
  const close = orm.close.bind(orm);
  orm.close = async force => {
    await monitor.close();
    await close(force);
  };
}
