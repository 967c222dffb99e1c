import type { StatementTap } from '@mikro-kit/statement-tap';

import { failureOf } from '../nodes/failure.ts';

/** Calls `refused` when a node would not write, also within transactions that were begun by hand. */
export function watchRefusals(tap: StatementTap, refused: () => void): void {
  tap.observe(({ error }) => error !== undefined && failureOf(error) === 'read only' && refused(), { reads: false });
}
