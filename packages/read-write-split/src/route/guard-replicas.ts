import { StatementRefused, type Statement, type StatementTap } from '@mikro-kit/statement-tap';

/** Which nodes must not be written to. */
export interface WriteFence {
  readonly enabled: boolean;
  /** The name of the node that takes writes. */
  readonly primary: string;
}

/** Refuses what would write on any node but the primary; a replica that accepted it would drift away. */
export function guardReplicas(tap: StatementTap, fence: WriteFence): void {
  tap.guard({
    before(statement) {
      if (!fence.enabled || statement.node === fence.primary || !changesData(statement)) return;
      throw new StatementRefused(
        `Refused a ${statement.kind} on ${statement.node}: ${fence.primary} takes writes, the others only answer reads. ` +
          "Send it without connectionType 'read'; the primary is the default for writes.",
      );
    },
  });
}

function changesData({ kind }: Statement): boolean {
  return kind === 'write' || kind === 'ddl';
}
