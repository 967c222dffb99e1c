import type { MikroORM } from '@mikro-orm/core';

import { type DriverOptions, isPlain } from './driver-options.ts';
import { type HostConnection, optionsOf } from './host-connection.ts';

/**
 * Has connections to replicas fail in time, unless `driverOptions` say otherwise, and keeps them replicas: MikroORM 7.2
 * forgets their options when it closes them, and after `orm.reconnect()` would connect them to the primary.
 *
 * @param limits used where `driverOptions` do not say otherwise
 * @param closing called before the connections close
 */
export function keepReplicaOptions(
  { driver }: MikroORM,
  replicas: readonly HostConnection[],
  limits: DriverOptions,
  closing: () => void,
): void {
  const configured: unknown = Reflect.get(driver, 'createReplicas');
  const limit = (): void => {
    for (const options of replicas.map(optionsOf)) options['driverOptions'] = limited(options['driverOptions'], limits);
  };
  limit();
  const close = driver.close.bind(driver);
  driver.close = async force => {
    closing();
    await close(force);
    if (typeof configured !== 'function') return;
    const fresh: unknown = Reflect.apply(configured, driver, [(options: unknown) => options]);
    if (!Array.isArray(fresh)) return;
    for (const [at, connection] of replicas.entries()) Object.assign(optionsOf(connection), fresh[at]);
    limit();
  };
}

function limited(driverOptions: unknown, limits: DriverOptions): unknown {
  const given = driverOptions ?? {};
  return isPlain(given) ? { ...limits, ...given } : driverOptions;
}
