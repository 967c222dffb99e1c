import type { TrackedNode } from '../nodes/tracked-node.ts';
import { ReadWriteSplitError } from '../read-write-split-error.ts';
import type { Route, RouteReason } from './route.ts';
import type { Nature } from './statement-nature.ts';

/** A statement that asks for a node to answer it. */
export interface Asked {
  readonly nature: Nature;
  /** The id of the EntityManager's fork that sends it, where it says. */
  readonly fork: number | undefined;
}

/** Who keeps to a replica: a request, a scope, or a fork by its id. */
export type Reader = object | number;

/** Where a read goes. */
export interface Decision {
  readonly node: TrackedNode;
  readonly route: Route;
  /** Of the reads that go to the primary for want of replicas only so many may run at once. */
  readonly isFallback: boolean;
  /** Whose reads stay on that node from now on. */
  readonly pins: Reader | undefined;
  /** Whether the balancer chose it. */
  readonly isBalanced: boolean;
}

/** A read that goes to a node for a reason that has nothing to do with balance. */
export function fixed(node: TrackedNode, reason: RouteReason, why: string): Decision {
  const route = { node: node.name, reason, why };
  return { node, route, isFallback: false, pins: undefined, isBalanced: false };
}

/** No node may answer. */
export function nowhere(code: 'NO_NODE' | 'PRIMARY_DOWN', message: string): ReadWriteSplitError {
  return new ReadWriteSplitError(code, message);
}

/** What is wrong with each of some nodes, for an error's message. */
export function whysOf(nodes: readonly TrackedNode[]): string {
  return nodes.map(({ name, state }) => `${name} ${state.kind === 'out' ? state.why : 'has just failed'}`).join('; ');
}
