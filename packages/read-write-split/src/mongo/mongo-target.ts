import { MongoPosition } from '../positions/mongo-positions.ts';
import type { Demand } from '../route/consistency.ts';
import type { RouteReason } from '../route/route.ts';
import { isInTransaction } from './mongo-seam.ts';

/** Where a read goes: `host` leaves it to its session, in a transaction. */
export type MongoTarget =
  | { readonly kind: 'host' }
  | { readonly kind: 'primary'; readonly reason: RouteReason; readonly why: string }
  | {
      readonly kind: 'preference';
      /** The operation time that the member must have reached; it waits for that by itself. */
      readonly after: bigint | undefined;
    };

/** What decides where a read goes. */
export interface MongoRead {
  readonly demand: Demand;
  /** The driver's session that the application reads in, if it does. */
  readonly session: unknown;
  /** Of an aggregation. */
  readonly pipeline: unknown;
  /** Why it was asked to go to the primary, if it was. */
  readonly primaryWhy: string | undefined;
}

/** Where a read goes. */
export function targetOf({ demand, session, pipeline, primaryWhy }: MongoRead): MongoTarget {
  if (isInTransaction(session)) return { kind: 'host' };
  if (primaryWhy !== undefined) return { kind: 'primary', reason: 'write scope', why: primaryWhy };
  if (writes(pipeline)) return { kind: 'primary', reason: 'side effect', why: 'it writes' };
  if (demand.kind === 'anything') return { kind: 'preference', after: undefined };
  if (demand.kind === 'primary') return demand;
  const { position, asks, why } = demand;
  // A session of the application's own sees what it has done itself, and no more can be asked of it.
  if (!asks || session !== undefined || !(position instanceof MongoPosition)) {
    return { kind: 'primary', reason: 'position', why };
  }
  return { kind: 'preference', after: position.time };
}

/** `$out` and `$merge` stand at the end. */
function writes(pipeline: unknown): boolean {
  const last: unknown = Array.isArray(pipeline) ? pipeline.at(-1) : undefined;
  return typeof last === 'object' && last !== null && ('$out' in last || '$merge' in last);
}
