import type { OutReason } from './node-state.ts';

/** What happens to nodes. */
export interface NodeEvents {
  /** A node answers no more reads. */
  ejected: { readonly node: string; readonly reason: OutReason; readonly why: string };
  /** A node answers reads again, `outMs` milliseconds after it was ejected. */
  readmitted: { readonly node: string; readonly outMs: number };
  /** Writes go to `node` from now on instead of `from`. */
  promoted: { readonly node: string; readonly from: string; readonly why: string };
  /** A replica is further behind than `maxLagMs`. It is ejected for it. */
  lagging: { readonly node: string; readonly lagMs: number; readonly maxLagMs: number };
}
