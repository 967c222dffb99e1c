/** Why a statement goes where it goes. */
export type RouteReason =
  | 'no replicas'
  | 'transaction'
  | 'write scope'
  | 'side effect'
  | 'recent write'
  | 'position'
  | 'node scope'
  | 'read scope'
  | 'request'
  | 'balanced'
  | 'fallback'
  | 'retry';

/** The node that answers a read. */
export interface Route {
  /** `primary` or the name of a replica. */
  readonly node: string;
  readonly reason: RouteReason;
  /** The same for people, in a few words. */
  readonly why: string;
}
