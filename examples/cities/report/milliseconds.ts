/** A duration for people: `0.21 ms`, `14.8 ms`. */
export function milliseconds(ms: number): string {
  return `${ms < 10 ? ms.toFixed(2) : ms.toFixed(1)} ms`;
}
