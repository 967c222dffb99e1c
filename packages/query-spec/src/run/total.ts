import { QuerySpecError } from '../query-spec-error.ts';
import { unnamed } from '../translate/unnamed-cache.ts';
import { estimateRows } from './estimate.ts';
import { type HostCountOptions, type HostFindOptions, type Run, countRows } from './run.ts';

/** Counted, guessed from the database's statistics, or left out. */
export type TotalKind = 'exact' | 'estimated' | 'none';

/** How many rows there are in all. */
export interface Total {
  /** Absent when none was asked for. */
  readonly total?: number;
  /** `estimated` only where the database guesses; where it cannot, or guesses few rows, they are counted. */
  readonly totalKind: TotalKind;
}

const KINDS: readonly string[] = ['exact', 'estimated', 'none'] satisfies readonly TotalKind[];

/** Below this, in rows, counting is cheap and a guess is far off. */
const FEWEST_ESTIMATED = 1000;

/** How many rows the filters leave, found as was asked. Where the rows at hand told the number, it is not asked for. */
export async function totalOf<T extends object>(
  run: Run<T>,
  kind: TotalKind,
  options: HostFindOptions<T>,
  known?: number,
): Promise<Total> {
  requireKind(kind);
  if (kind === 'none') {
    return { totalKind: 'none' };
  }
  if (known !== undefined) {
    return { total: known, totalKind: 'exact' };
  }
  const estimate = kind === 'estimated' ? await estimateRows(run, options) : undefined;
  if (estimate !== undefined && estimate >= FEWEST_ESTIMATED) {
    return { total: estimate, totalKind: 'estimated' };
  }
  return { total: await countRows(run, countOptions(options)), totalKind: 'exact' };
}

function requireKind(kind: string): void {
  if (!KINDS.includes(kind)) {
    const message = `A total is ${KINDS.join(', ')} at /total.`;
    throw new QuerySpecError('INVALID_VALUE', message, { pointer: '/total', allowed: KINDS });
  }
}

function countOptions<T extends object>(options: HostFindOptions<T>): HostCountOptions<T> {
  const { disableIdentityMap: _map, inflightQueryAbortStrategy: _strategy, refresh: _refresh, ...shared } = options;
  return unnamed(shared);
}
