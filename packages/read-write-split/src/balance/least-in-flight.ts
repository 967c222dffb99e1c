import type { Balancer } from './candidate.ts';

/** The one with the fewest reads for its weight that it has not answered; of several, one after the other. */
export const leastInFlight: Balancer = (candidates, { turn }) => {
  let best = turn % candidates.length;
  for (const [at, candidate] of candidates.entries()) {
    const chosen = candidates[best];
    if (chosen && (candidate.inFlight + 1) * chosen.weight < (chosen.inFlight + 1) * candidate.weight) best = at;
  }
  return best;
};
