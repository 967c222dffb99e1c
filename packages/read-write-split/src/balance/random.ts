import type { Balancer, Candidate } from './candidate.ts';

/** Any of them, each as likely as another; a node that comes back less so. */
export const random: Balancer = (candidates, { first }) => drawn(candidates, first);

/**
 * The index of one of at least one candidates, by weight.
 *
 * @param first from 0 to below 1
 * @param except the index of one that is not taken, of at least two
 */
export function drawn(candidates: readonly Candidate[], first: number, except = -1): number {
  let left = 0;
  for (const [at, { weight }] of candidates.entries()) if (at !== except) left += weight * first;
  let last = 0;
  for (const [at, { weight }] of candidates.entries()) {
    if (at === except) continue;
    last = at;
    if ((left -= weight) < 0) break;
  }
  return last;
}
