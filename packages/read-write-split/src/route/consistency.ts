import type { LogPosition } from '../positions/log-positions.ts';
import type { RouteReason } from './route.ts';

/** What a read must see, and so which nodes may answer it. */
export type Demand =
  | { readonly kind: 'anything' }
  | {
      readonly kind: 'primary';
      readonly reason: RouteReason;
      readonly why: string;
      /** Whether `read()` outranks it. */
      readonly yieldsToRead: boolean;
    }
  | {
      /** A node that has replayed this, else the primary. */
      readonly kind: 'position';
      readonly position: LogPosition;
      /** How long a replica may be waited for before the primary is asked, in milliseconds; 0 for not at all. */
      readonly waitMs: number;
      /** Whether replicas may be asked where they stand; otherwise only one that is known to be there answers. */
      readonly asks: boolean;
      readonly why: string;
    };

/**
 * What an application's reads must see of its writes. A reader is any object that lives as long as its request;
 * undefined stands for all that happens outside of one.
 */
export interface Consistency {
  /** What the read that `reader` sends now must see. Called for each read: takes no time and asks no database. */
  demand(reader: object | undefined): Demand;
  /**
   * `reader` has committed a write.
   *
   * @param place what the server called its place in the log, where it said
   */
  wrote(reader: object | undefined, place?: string): void;
}

export const ANYTHING: Demand = { kind: 'anything' };
