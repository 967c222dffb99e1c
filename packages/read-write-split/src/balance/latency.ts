import type { Balancer, Candidate } from './candidate.ts';
import { drawn } from './random.ts';

/**
 * The better of two taken at random, by the reads in flight times what each takes (peak EWMA). Taking the best of all
 * would send every process to the same node at once (Mitzenmacher, "The Power of Two Choices in Randomized Load
 * Balancing").
 */
export const latency: Balancer = (candidates, chance) => {
  if (candidates.length === 1) return 0;
  const first = drawn(candidates, chance.first);
  const second = drawn(candidates, chance.second, first);
  const one = candidates[first];
  const other = candidates[second];
  return !one || !other || load(one, other) <= load(other, one) ? first : second;
};

/** A node that was not measured yet is taken to be as quick as the other one. */
function load({ inFlight, expectedMs, weight }: Candidate, other: Candidate): number {
  return ((inFlight + 1) * (expectedMs ?? other.expectedMs ?? 1)) / weight;
}
