import type { Demand } from './consistency.ts';

/** Why a read goes where it goes. */
export type RouteReason =
  | 'no replicas'
  | 'transaction'
  | 'write scope'
  | 'recent write'
  | 'read scope'
  | 'request'
  | 'balanced';

/** The node that answers a read. */
export interface Route {
  /** `primary` or the name of a replica. */
  readonly node: string;
  readonly reason: RouteReason;
  /** The same for people, in a few words. */
  readonly why: string;
}

/** What is known when a read is about to be sent. */
export interface Situation {
  readonly scope: 'read' | 'write' | undefined;
  readonly inTransaction: boolean;
  readonly demand: Demand;
}

/** The primary, when it must answer; undefined when a replica may. */
export function primaryRoute({ scope, inTransaction, demand }: Situation): Route | undefined {
  if (inTransaction) return toPrimary('transaction', 'inside a transaction');
  if (scope === 'write') return toPrimary('write scope', 'inside write()');
  if (scope === 'read' || demand.kind === 'anything') return undefined;
  return toPrimary(demand.kind === 'primary' ? demand.reason : 'recent write', demand.why);
}

/** A read that the primary answers. */
export function toPrimary(reason: RouteReason, why: string): Route {
  return { node: 'primary', reason, why };
}

/** A read that a replica answers: for `read()`, for its request, or in turn. */
export function replicaRoute(node: string, scope: Situation['scope'], inRequest: boolean, balance: string): Route {
  if (scope === 'read') return { node, reason: 'read scope', why: 'inside read()' };
  if (inRequest) return { node, reason: 'request', why: 'one replica for the whole request' };
  return { node, reason: 'balanced', why: `${balance}, outside of a request` };
}
