import type { Balancer } from './candidate.ts';

/** One after the other. A node that comes back lets the next one take most of its turns. */
export const roundRobin: Balancer = (candidates, { turn, first }) => {
  const at = turn % candidates.length;
  const heaviest = Math.max(...candidates.map(({ weight }) => weight));
  const passes = (candidates[at]?.weight ?? 0) < first * heaviest;
  return passes ? (at + 1) % candidates.length : at;
};
