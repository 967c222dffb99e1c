import { StatementRefused, type Statement, type StatementTap, type Transaction } from '@mikro-kit/statement-tap';

/** Calls `wrote` after each write to the primary and again after the commit that makes it visible. */
export function watchWrites(tap: StatementTap, wrote: () => void): void {
  const writers = new WeakSet<Transaction>();
  tap.observe(statement => {
    const { transaction, command } = statement;
    if (statement.node !== 'primary') return;
    if (changesData(statement)) {
      if (transaction) writers.add(transaction);
      wrote();
    } else if (command === 'commit' && transaction && writers.has(transaction)) wrote();
  });
}

/** Refuses what would write on a replica, while `enabled` says so; a replica that accepted it would drift away. */
export function guardReplicas(tap: StatementTap, enabled: () => boolean): void {
  tap.guard({
    before(statement) {
      if (!enabled() || statement.node === 'primary' || !changesData(statement)) return;
      throw new StatementRefused(
        `Refused a ${statement.kind} on ${statement.node}: replicas only answer reads. ` +
          "Send it without connectionType 'read'; the primary is the default for writes.",
      );
    },
  });
}

function changesData({ kind }: Statement): boolean {
  return kind === 'write' || kind === 'ddl';
}
