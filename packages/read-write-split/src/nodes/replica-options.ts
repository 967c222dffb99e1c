import type { MikroORM } from '@mikro-orm/core';

import { type DriverOptions, isPlain } from './driver-options.ts';
import { type HostConnection, optionsOf } from './host-connection.ts';

/** Told when the connections close. */
export interface ClosingListener {
  /** Called before the first of them does. */
  readonly closing: () => void;
  /** Called when all are closed, or could not be. */
  readonly closed: () => void;
}

/**
 * Has connections to replicas fail in time, unless `driverOptions` say otherwise, and keeps them replicas: MikroORM 7.2
 * forgets their options when it closes them, and who reads then, or after `orm.reconnect()`, would be connected to the
 * primary.
 *
 * @param limits used where `driverOptions` do not say otherwise
 */
export function keepReplicaOptions(
  { driver }: MikroORM,
  replicas: readonly HostConnection[],
  limits: DriverOptions,
  listener: ClosingListener,
): void {
  const configured: unknown = Reflect.get(driver, 'createReplicas');
  const limit = (): void => {
    for (const options of replicas.map(optionsOf)) options['driverOptions'] = limited(options['driverOptions'], limits);
  };
  const fill = (): void => {
    if (typeof configured !== 'function') return;
    const fresh: unknown = Reflect.apply(configured, driver, [(options: unknown) => options]);
    if (!Array.isArray(fresh)) return;
    for (const [at, connection] of replicas.entries()) Object.assign(optionsOf(connection), fresh[at]);
    limit();
  };
  limit();
  const close = driver.close.bind(driver);
  driver.close = async force => {
    listener.closing();
    try {
      const end = close(force);
      // They are forgotten by now, and closing can take long.
      fill();
      await end;
    } finally {
      fill();
      listener.closed();
    }
  };
}

function limited(driverOptions: unknown, limits: DriverOptions): unknown {
  const given = driverOptions ?? {};
  return isPlain(given) ? { ...limits, ...given } : driverOptions;
}
