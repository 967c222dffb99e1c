const UNITS: readonly (readonly [us: number, unit: string])[] = [
  [1, 'µs'],
  [1_000, 'ms'],
  [1_000_000, 's'],
  [60_000_000, 'min'],
];

/** A duration in microseconds with three digits and its unit: `308 µs`, `1.23 ms`, `45.6 s`. */
export function formatDuration(us: number): string {
  // What three digits round up to the next unit is written in it: 999.9 ms is 1.00 s.
  const [size, unit] = UNITS.findLast(([from]) => us >= from * 0.9995) ?? [1, 'µs'];
  const value = us / size;
  const digits = size === 1 || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`;
}
