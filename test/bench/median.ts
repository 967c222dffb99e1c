import { BenchError } from './bench-error.ts';

/** The middle value, or the mean of the two in the middle. Throws `NOT_MEASURED` when there is none. */
export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).toSorted();
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (lower === undefined || upper === undefined) throw new BenchError('NOT_MEASURED', 'Nothing was measured.');
  return (lower + upper) / 2;
}
