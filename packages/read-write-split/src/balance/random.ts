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
  const weightOf = (at: number): number => (at === except ? 0 : (candidates[at]?.weight ?? 0));
  let left = 0;
  for (let at = 0; at < candidates.length; at++) left += weightOf(at) * first;
  let last = 0;
  for (let at = 0; at < candidates.length; at++) {
    if (at === except) continue;
    last = at;
    if ((left -= weightOf(at)) < 0) break;
  }
  return last;
}
