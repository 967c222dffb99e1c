/** How long entries live, in milliseconds. */
export interface Lifetime {
  readonly expirationMs: number;
  /** Of entries that say that there is nothing: {@link isNegative}. */
  readonly negativeExpirationMs: number;
  /** The share, from 0 to 1, by which a lifetime may be shorter, so that entries made together do not expire together. */
  readonly jitter: number;
  /** How eagerly an entry is made anew before it expires; 0: not at all. */
  readonly earlyRefresh: number;
}

/** What an annotation or a call says of how long entries live, in milliseconds. */
export interface Expirations {
  readonly expiration?: number;
  readonly negativeExpiration?: number;
}

/** `lifetime`, with what an annotation or a call says instead. What says that there is nothing never lives longer. */
export function withExpirations(
  { expirationMs, negativeExpirationMs, jitter, earlyRefresh }: Lifetime,
  { expiration = expirationMs, negativeExpiration = negativeExpirationMs }: Expirations,
): Lifetime {
  const negative = Math.min(negativeExpiration, expiration);
  return { expirationMs: expiration, negativeExpirationMs: negative, jitter, earlyRefresh };
}

/** A year: what stores and timers can count, and what `Infinity` comes down to. */
const MAX_LIFETIME_MS = 365 * 24 * 60 * 60 * 1_000;

/** How long an entry with these rows is to live, in milliseconds; another time for each call, and never longer than told. */
export function lifetimeOf({ expirationMs, negativeExpirationMs, jitter }: Lifetime, rows: unknown): number {
  const longest = Math.min(isNegative(rows) ? negativeExpirationMs : expirationMs, MAX_LIFETIME_MS);
  const lifetimeMs = longest * (1 - jitter * Math.random());
  return lifetimeMs > 0 ? lifetimeMs : 0;
}

/**
 * Whether a hit is the one to make its entry anew before it expires, `leftMs` milliseconds from now: the sooner it expires
 * and the longer it takes to load, the likelier. XFetch, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015.
 */
export function isDueEarly({ earlyRefresh }: Lifetime, loadMs: number, leftMs: number): boolean {
  // What is over by the clock of this process is not by that of the store, so the clocks differ, and tell nothing.
  return leftMs > 0 && -earlyRefresh * loadMs * Math.log(Math.random()) >= leftMs;
}

/** Whether a result says that there is nothing: `null`, `undefined`, `[]`, 0, or the row of a count of 0. */
export function isNegative(rows: unknown): boolean {
  if (rows === null || rows === undefined || rows === 0 || rows === 0n) return true;
  if (Array.isArray(rows)) return rows.length === 0;
  return typeof rows === 'object' && 'count' in rows && Object.keys(rows).length === 1 && Number(rows.count) === 0;
}
