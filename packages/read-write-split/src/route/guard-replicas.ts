import { StatementRefused, type Statement, type StatementTap, type Transaction } from '@mikro-kit/statement-tap';

/** Which nodes must not be written to. */
export interface WriteFence {
  readonly enabled: boolean;
  /** The name of the node that takes writes. */
  readonly primary: string;
}

/**
 * Refuses what would write on any node but the primary: a replica that accepted it would drift away, and what a primary
 * commits after another one was promoted is lost.
 */
export function guardReplicas(tap: StatementTap, fence: WriteFence): void {
  const written = new WeakSet<Transaction>();
  tap.guard({
    concerns: (node, transaction) => fence.enabled && (transaction !== undefined || node !== fence.primary),
    before(statement) {
      const { node, transaction } = statement;
      if (node === fence.primary) {
        if (transaction && changesData(statement)) written.add(transaction);
      } else if (changesData(statement)) {
        throw new StatementRefused(`${refused(statement, fence)} ${transaction ? REPEAT : WITHOUT_TYPE}`);
      } else if (statement.command === 'commit' && transaction && written.has(transaction)) {
        throw new StatementRefused(`${refused(statement, fence)} ${REPEAT}`);
      }
    },
  });
}

const WITHOUT_TYPE = "Send it without connectionType 'read'; the primary is the default for writes.";
const REPEAT = 'Roll the transaction back and repeat it: one that is not read-only begins on the primary.';

function refused({ kind, command, node }: Statement, { primary }: WriteFence): string {
  return `Refused a ${command ?? kind} on ${node}: ${primary} takes writes, the others only answer reads.`;
}

function changesData({ kind }: Statement): boolean {
  return kind === 'write' || kind === 'ddl';
}
