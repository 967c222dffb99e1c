import type { Figures } from './figures.ts';
import type { NPlusOne } from './n-plus-one.ts';
import { SlowQueryError } from './slow-query-error.ts';
import type { StatementFigures, StatementTable } from './statement-table.ts';

/** What a report ranks its statements by, the highest first. */
export type Ranking = 'total' | 'mean' | 'p99' | 'count';

export interface ReportOptions {
  /** How many statements it lists. Default 10. */
  readonly top?: number;
  /** Default `total`: where the time went. */
  readonly by?: Ranking;
}

/** Plain data: safe to serialize, holds no value of any statement. */
export interface Report {
  /** When counting began: at registration or at the last `reset()`. */
  readonly since: Date;
  readonly by: Ranking;
  /** All statements, listed or not. */
  readonly total: Figures;
  /** How many fingerprints were told apart. */
  readonly fingerprints: number;
  readonly statements: readonly StatementFigures[];
  /** Statements that came when `maxFingerprints` was reached. */
  readonly others?: Figures;
  readonly nPlusOnes: readonly NPlusOne[];
}

const RANKED_BY: Readonly<Record<Ranking, (figures: Figures) => number>> = {
  total: figures => figures.totalUs,
  mean: figures => figures.meanUs,
  p99: figures => figures.p99Us,
  count: figures => figures.count,
};

/** Ranks what the table holds. Throws `SlowQueryError` `INVALID_OPTION` for a ranking that there is not. */
export function buildReport(
  table: StatementTable,
  nPlusOnes: readonly NPlusOne[],
  since: Date,
  { top = 10, by = 'total' }: ReportOptions,
): Report {
  if (!Object.hasOwn(RANKED_BY, by)) {
    const message = `report: there is no ranking by "${by}"; rank by ${Object.keys(RANKED_BY).join(', ')}.`;
    throw new SlowQueryError('INVALID_OPTION', message, 'by');
  }
  const rank = RANKED_BY[by];
  const all = table.figures().toSorted((a, b) => rank(b) - rank(a));
  const others = table.others();
  return {
    since,
    by,
    total: table.total(),
    fingerprints: all.length,
    statements: all.slice(0, top),
    ...(others && { others }),
    nPlusOnes,
  };
}
