import type { Cluster } from './lag-judgement.ts';

/**
 * Which nodes are of the same cluster, by what they have in common: those of another one neither answer reads nor are
 * followed. A node that has nothing yet, or does not tell, is of any.
 */
export class Clusters<Node> {
  readonly #known = new Map<Node, Cluster>();
  #own: Cluster | undefined;

  /** The cluster of the node that takes writes, once it has told. */
  get own(): Cluster | undefined {
    return this.#own;
  }

  /** A node has told its cluster. */
  heard(node: Node, cluster: Cluster | undefined, isPrimary: boolean): void {
    if (!cluster) return;
    this.#known.set(node, cluster);
    if (isPrimary) this.#own = cluster;
  }

  /** Whether a node is of another one than that which takes writes. */
  isForeign(node: Node): boolean {
    const cluster = this.#known.get(node);
    return cluster !== undefined && this.#own !== undefined && areDisjoint(cluster, this.#own);
  }

  /**
   * Which is ours when the primary has never told: `disputed` if others are of different ones, `unheard` as long as some
   * that could tell have not.
   */
  verdict(others: readonly Node[]): 'settled' | 'unheard' | 'disputed' {
    const [first, ...rest] = this.#known.values();
    if (this.#own !== undefined || first === undefined) return 'settled';
    if (rest.some(other => areDisjoint(other, first))) return 'disputed';
    return others.every(node => this.#known.has(node)) ? 'settled' : 'unheard';
  }
}

function areDisjoint(one: Cluster, other: Cluster): boolean {
  return [...one].every(part => !other.has(part));
}
