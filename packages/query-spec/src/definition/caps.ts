/** Characters of a cursor, which holds whole texts. */
export const MOST_CURSOR_CHARACTERS = 256 * 1024;

/** How large an input may be. Larger ones are refused with `TOO_COMPLEX` before any work is spent on them. */
export const CAPS = {
  /** Groups inside groups; an object of several conditions is a group. */
  depth: 5,
  /** Conditions and groups in all. */
  nodes: 100,
  /** Members of one `in` or `nin`. */
  listLength: 200,
  /** UTF-8 bytes of one string value. */
  stringBytes: 1024,
  /** Keys in `orderBy`. */
  sorts: 4,
  /** Characters of a query string. */
  queryString: 8 * 1024,
  /** What `costOf` may add up to. */
  cost: 1000,
} as const;

/** Default of `maxLimit`, in rows. */
export const DEFAULT_MAX_LIMIT = 1000;
/** Default of `defaultLimit`, in rows, where `maxLimit` is not lower. */
export const DEFAULT_LIMIT = 50;
/** Default of `maxOffset`, in rows. */
export const DEFAULT_MAX_OFFSET = 10_000;
