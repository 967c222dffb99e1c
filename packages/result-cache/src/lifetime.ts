/** How long entries live, in milliseconds. */
export interface Lifetime {
  readonly expirationMs: number;
  /** Of entries that say that there is nothing: {@link isNegative}. */
  readonly negativeExpirationMs: number;
  /** The share, from 0 to 1, by which a lifetime may be shorter, so that entries made together do not expire together. */
  readonly jitter: number;
}

/** `lifetime`, with what an annotation or a call says instead. What says that there is nothing never lives longer. */
export function withExpirations(
  lifetime: Lifetime,
  { expiration, negativeExpiration }: { readonly expiration?: number; readonly negativeExpiration?: number },
): Lifetime {
  const expirationMs = expiration ?? lifetime.expirationMs;
  const negativeExpirationMs = Math.min(negativeExpiration ?? lifetime.negativeExpirationMs, expirationMs);
  return { ...lifetime, expirationMs, negativeExpirationMs };
}

/** How long an entry with these rows is to live, in milliseconds; another time for each call, and never longer than told. */
export function lifetimeOf({ expirationMs, negativeExpirationMs, jitter }: Lifetime, rows: unknown): number {
  return (isNegative(rows) ? negativeExpirationMs : expirationMs) * (1 - jitter * Math.random());
}

/** Whether a result says that there is nothing: `null`, `undefined`, `[]`, 0, or the row of a count of 0. */
export function isNegative(rows: unknown): boolean {
  if (rows === null || rows === undefined || rows === 0 || rows === 0n) return true;
  if (Array.isArray(rows)) return rows.length === 0;
  return typeof rows === 'object' && 'count' in rows && Object.keys(rows).length === 1 && Number(rows.count) === 0;
}
