import { ANYTHING, type Consistency } from './consistency.ts';

/** A read may be answered by any node. */
export const eventual: Consistency = {
  demand: () => ANYTHING,
  wrote: () => undefined,
};
