import { DEFAULT_LIMIT, DEFAULT_MAX_LIMIT, DEFAULT_MAX_OFFSET } from './caps.ts';
import { QuerySpecError } from './query-spec-error.ts';

/** How many rows a caller may ask for, and gets without asking. */
export interface RowLimits {
  readonly maxLimit: number;
  readonly defaultLimit: number;
  readonly maxOffset: number;
}

/**
 * Fills in the defaults.
 * @throws QuerySpecError `INVALID_DEFINITION` for a limit that is no number of rows.
 */
export function rowLimits(options: { [K in keyof RowLimits]?: number }): RowLimits {
  const maxLimit = required('maxLimit', options.maxLimit ?? DEFAULT_MAX_LIMIT, Number.MAX_SAFE_INTEGER);
  return {
    maxLimit,
    defaultLimit: required('defaultLimit', options.defaultLimit ?? Math.min(DEFAULT_LIMIT, maxLimit), maxLimit),
    maxOffset: required('maxOffset', options.maxOffset ?? DEFAULT_MAX_OFFSET, Number.MAX_SAFE_INTEGER, 0),
  };
}

function required(name: keyof RowLimits, value: number, most: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const pointer = `/${name}`;
    throw new QuerySpecError('INVALID_DEFINITION', `${name} must be an integer from ${least} to ${most}.`, { pointer });
  }
  return value;
}
