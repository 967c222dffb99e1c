/** How many connections an application holds to one server. */
export interface PoolSize {
  /** Kept open between requests. */
  readonly base: number;
  /** Opened on top of them under load, and let go afterwards. */
  readonly burst: number;
}

const SMALLEST_BASE = 5;

/** One connection for two users, at least five, and half as many on top. Fractions are rounded up. */
export function poolSize(concurrentUsers: number): PoolSize {
  const base = Math.max(SMALLEST_BASE, Math.ceil(concurrentUsers / 2));
  return { base, burst: Math.ceil(base / 2) };
}
