import type { ObservedStatement, Statement } from '@mikro-kit/statement-tap';

/** One statement that took longer than the threshold. Holds none of its values. */
export interface SlowStatement {
  readonly at: Date;
  /** The statement without its values. */
  readonly fingerprint: string;
  readonly shape?: string;
  readonly entity?: string;
  readonly tables: Statement['tables'];
  readonly node: string;
  readonly durationUs: number;
  /** The wait for a connection before it, not part of `durationUs`. */
  readonly poolWaitUs: number;
  readonly rows?: number;
  readonly failed: boolean;
}

/** Takes what may be kept of a statement: neither its parameters nor its error, whose message may quote them. */
export function slowStatement(
  { entity, tables, node, durationUs, poolWaitUs, rows, error }: ObservedStatement,
  fingerprint: string,
  shape: string | undefined,
  now: number,
): SlowStatement {
  return {
    at: new Date(now),
    fingerprint,
    ...(shape !== undefined && { shape }),
    ...(entity !== undefined && { entity }),
    tables,
    node,
    durationUs,
    poolWaitUs,
    ...(rows !== undefined && { rows }),
    failed: error !== undefined,
  };
}
