import type { MikroORM } from '@mikro-orm/core';

import type { HealthCheck } from './health-check.ts';
import { type RoutedNode, routedNode } from './routed-node.ts';

/** What a probe needs of the host's `Connection`. */
interface AskedConnection {
  ensureConnection(): Promise<void>;
  checkConnection(): Promise<{ ok: true } | { ok: false; reason: string; error?: Error }>;
}

/** The primary or one replica of an ORM. */
export interface DatabaseNode {
  /** `primary`, or the replica's name (`replicas[i].name`, else `replica-i`). */
  readonly name: string;
  readonly connection: AskedConnection;
}

/** The primary, then the replicas, in the order of the configuration. */
export function databaseNodes(orm: MikroORM): DatabaseNode[] {
  // A driver whose reads and writes are routed gives a connection to whatever node takes writes.
  const own: unknown = Reflect.get(orm.driver, 'connection');
  const primary = { name: 'primary', connection: isAskedConnection(own) ? own : orm.driver.getConnection('write') };
  const names = orm.config.get('replicas') ?? [];
  const replicas = replicasOf(orm.driver).map((connection, i) => ({
    name: names[i]?.name ?? `replica-${i}`,
    connection,
  }));
  return [primary, ...replicas];
}

/**
 * Asks the database itself. MikroORM connects on first use, so a question may be the first use and then opens the
 * connection like any query would: an application that waits for readiness before it gets traffic would otherwise
 * never be ready. Once `mayConnect` says no (the ORM was closed), it only asks what is open. A node that answers may
 * still be of no use to the application, of which a read/write split knows.
 */
export function databaseCheck(
  { connection }: DatabaseNode,
  mayConnect: () => boolean,
  routed: () => RoutedNode | undefined,
): HealthCheck {
  return async () => {
    if (mayConnect()) await connection.ensureConnection();
    const answer = await connection.checkConnection();
    if (!answer.ok) throw answer.error ?? new Error(answer.reason);
    const node = routed();
    if (node?.state !== 'out') return undefined;
    return { status: node.role === 'primary' ? 'down' : 'degraded', reason: `Gets no queries: ${node.why}` };
  };
}

/** Whether the application cannot serve without a node: without the one that takes writes now. */
export function isCritical(orm: MikroORM, { name }: DatabaseNode): boolean {
  return (routedNode(orm, name)?.role ?? (name === 'primary' ? 'primary' : 'replica')) === 'primary';
}

// The host has no public way to its replicas: `getConnection('read')` picks one at random.
function replicasOf(driver: object): AskedConnection[] {
  const replicas: unknown = Reflect.get(driver, 'replicas');
  return Array.isArray(replicas) ? replicas.filter(isAskedConnection) : [];
}

function isAskedConnection(value: unknown): value is AskedConnection {
  return typeof value === 'object' && value !== null && 'ensureConnection' in value && 'checkConnection' in value;
}
