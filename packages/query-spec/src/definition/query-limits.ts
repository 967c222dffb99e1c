import { QuerySpecError } from '../query-spec-error.ts';
import { CAPS, DEFAULT_LIMIT, DEFAULT_MAX_LIMIT, DEFAULT_MAX_OFFSET } from './caps.ts';

/** How many rows a caller may ask for, and gets without asking. */
export interface RowLimits {
  /** The largest `limit`, in rows. Default 1,000. */
  readonly maxLimit: number;
  /** The `limit` of a spec that names none, in rows. Default 50, or `maxLimit` where that is lower. */
  readonly defaultLimit: number;
  /** The largest `offset`, in rows. Default 10,000. */
  readonly maxOffset: number;
}

/** How large a query may be. Each can be lowered from its default, not raised. */
export interface SizeLimits {
  /** Groups inside groups. Default 5. */
  readonly depth: number;
  /** Conditions and groups in all. Default 100. */
  readonly nodes: number;
  /** Members of one list. Default 200. */
  readonly listLength: number;
  /** UTF-8 bytes of one string. Default 1,024. */
  readonly stringBytes: number;
  /** Keys of an order. Default 4. */
  readonly sorts: number;
  /** Characters of a query string. Default 8,192. */
  readonly queryString: number;
  /**
   * The whole in one number: 1 for a condition or sort key, 5 for each relation on its path, 2 more for one that no
   * index serves, 1 for ten members of a list, 5 for a relation to populate, 1 for a hundred rows of offset. Default 1,000.
   */
  readonly cost: number;
}

export type QueryLimits = RowLimits & SizeLimits;

type Given<L> = { readonly [K in keyof L]?: number | undefined };

/**
 * Fills in the defaults.
 * @throws QuerySpecError `INVALID_DEFINITION` for a limit that is none.
 */
export function queryLimits(options: Given<RowLimits>, sizes: Given<SizeLimits>): QueryLimits {
  requireNames(sizes);
  const maxLimit = required('maxLimit', options.maxLimit ?? DEFAULT_MAX_LIMIT, Number.MAX_SAFE_INTEGER);
  const lowered = (name: keyof typeof CAPS, least = 1): number =>
    required(`limits/${name}`, sizes[name] ?? CAPS[name], CAPS[name], least);
  return {
    maxLimit,
    defaultLimit: required('defaultLimit', options.defaultLimit ?? Math.min(DEFAULT_LIMIT, maxLimit), maxLimit),
    maxOffset: required('maxOffset', options.maxOffset ?? DEFAULT_MAX_OFFSET, Number.MAX_SAFE_INTEGER, 0),
    depth: lowered('depth', 0),
    nodes: lowered('nodes'),
    listLength: lowered('listLength'),
    stringBytes: lowered('stringBytes'),
    sorts: lowered('sorts'),
    queryString: lowered('queryString'),
    cost: lowered('cost'),
  };
}

const NAMES: ReadonlySet<string> = new Set(Object.keys(CAPS));

function requireNames(options: object): void {
  const unknown = Object.keys(options).find(name => !NAMES.has(name));
  if (unknown !== undefined) {
    const allowed = [...NAMES];
    const message = `Unknown limit ${JSON.stringify(unknown)} at /limits; there are ${allowed.join(', ')}.`;
    throw new QuerySpecError('INVALID_DEFINITION', message, { pointer: `/limits/${unknown}`, allowed });
  }
}

function required(name: string, value: number, most: number, least = 1): number {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    const pointer = `/${name}`;
    throw new QuerySpecError('INVALID_DEFINITION', `${name} must be an integer from ${least} to ${most}.`, { pointer });
  }
  return value;
}
