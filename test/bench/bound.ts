/** A limit, and how far beyond it the machine's own unrest excuses. */
export interface Bound {
  readonly kind: 'at most' | 'at least';
  readonly limit: number;
  readonly allowance: number;
}

/** The bound of a ratio: the limit, and as much as two identical instances differ in the same run. */
export function ratioBound(kind: Bound['kind'], limit: number, control: number): Bound {
  return { kind, limit, allowance: Math.abs(control - 1) };
}

/** Whether a value keeps its bound. */
export function holds(value: number, { kind, limit, allowance }: Bound): boolean {
  return kind === 'at most' ? value <= limit + allowance : value >= limit - allowance;
}
