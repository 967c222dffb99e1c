import type { Balancer } from './candidate.ts';

/** Any of them, each as likely as another; a node that comes back less so. */
export const random: Balancer = (candidates, { first }) => {
  const total = candidates.reduce((sum, { weight }) => sum + weight, 0);
  let left = first * total;
  const at = candidates.findIndex(({ weight }) => (left -= weight) < 0);
  return at < 0 ? candidates.length - 1 : at;
};
