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
  /** The end of the last write that counts for this read, in milliseconds before now. */
  readonly wroteMsAgo: number | undefined;
  readonly stickyMs: number;
}

/** The primary, when it must answer; undefined when a replica may. */
export function primaryRoute({ scope, inTransaction, wroteMsAgo, stickyMs }: Situation): Route | undefined {
  if (inTransaction) return toPrimary('transaction', 'inside a transaction');
  if (scope === 'write') return toPrimary('write scope', 'inside write()');
  if (scope === 'read' || wroteMsAgo === undefined || wroteMsAgo >= stickyMs) return undefined;
  return toPrimary('recent write', `wrote ${Math.floor(wroteMsAgo)} ms ago, sticky for ${stickyMs} ms`);
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
