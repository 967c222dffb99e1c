import { BenchError } from './bench-error.ts';
import type { Bench } from './bench.ts';

/** The bench of that name. Throws `UNKNOWN_BENCH`, naming those that there are. */
export function benchNamed(name: string, benches: readonly Bench[]): Bench {
  const bench = benches.find(known => known.name === name);
  if (bench) return bench;
  const known = benches.map(other => other.name).join(', ');
  throw new BenchError('UNKNOWN_BENCH', `Unknown bench "${name}"; there are: ${known}.`);
}
