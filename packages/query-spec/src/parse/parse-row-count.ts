import { integer } from '../definition/value-kind.ts';
import { QuerySpecError } from '../query-spec-error.ts';

/**
 * Reads a number of rows, also from digits.
 * @throws QuerySpecError `INVALID_VALUE` outside `least` and `most`; a limit is never lowered silently.
 */
export function parseRowCount(
  input: unknown,
  pointer: string,
  { least, most }: { least: number; most: number },
): number {
  const short = typeof input !== 'string' || input.length <= 16;
  const count = short ? integer.read(input) : undefined;
  if (typeof count !== 'number' || count < least || count > most) {
    throw new QuerySpecError('INVALID_VALUE', `Expected an integer from ${least} to ${most} at ${pointer}.`, {
      pointer,
    });
  }
  return count;
}
