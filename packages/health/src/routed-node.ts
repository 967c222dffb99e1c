import type { MikroORM } from '@mikro-orm/core';

/** What `@mikro-kit/read-write-split` says of one node; the parts that are reported. */
export interface RoutedNode {
  readonly name: string;
  readonly role: 'primary' | 'replica';
  readonly state: string;
  readonly why: string;
}

interface Split {
  readonly enabled: boolean;
  nodes(): readonly RoutedNode[];
}

/** What the ORM's read/write split knows of a node; undefined without one, or while it is switched off. */
export function routedNode(orm: MikroORM, name: string): RoutedNode | undefined {
  const split: unknown = orm.config.getExtension('@mikro-kit/read-write-split');
  if (!isSplit(split) || !split.enabled) return undefined;
  return split.nodes().find(node => node.name === name);
}

// Structural, so that neither package needs the other.
function isSplit(value: unknown): value is Split {
  return typeof value === 'object' && value !== null && 'nodes' in value && typeof value.nodes === 'function';
}
