import type { EntityKey, ExpandProperty } from '@mikro-orm/core';

import type { Value } from '../spec/ast.ts';
import type { RelationKey, Scalar } from './field-paths.ts';
import type { IsComputed, IsJson } from './property-options.ts';

/** How many keys a path may pass inside JSON after one more. */
type Fewer = { 4: 3; 3: 2; 2: 1; 1: 0 };
type Depth = keyof Fewer | 0;

/** The keys of an object, and those inside it: `address`, `address.city`. */
type KeyPath<V, D extends Depth> = unknown extends V
  ? string
  : V extends Value | readonly unknown[]
    ? never
    : D extends keyof Fewer
      ? { [K in keyof V & string]: K | `${K}.${KeyPath<NonNullable<V[K]>, Fewer[D]>}` }[keyof V & string]
      : never;

/** What a property of JSON, or a list, adds to the paths. */
type PathFrom<T, K extends EntityKey<T>> =
  IsComputed<T, K> extends true
    ? never
    : NonNullable<T[K]> extends Scalar | Uint8Array
      ? never
      : NonNullable<T[K]> extends readonly unknown[]
        ? K
        : IsJson<T, K> extends true
          ? `${K}.${KeyPath<NonNullable<T[K]>, 4>}` | (unknown extends T[K] ? K : never)
          : IsJson<T, K> extends false
            ? never
            : `${K}.${string}`;

/**
 * A path whose type a definition can declare: a list, or a path into JSON, of the entity or of one over at most two
 * relations. Where types do not tell JSON from relations, as of decorated classes, both are let through.
 */
export type DeclaredPath<T, Relations extends 0 | 1 | 2 = 2> =
  | { [K in EntityKey<T>]: PathFrom<T, K> }[EntityKey<T>]
  | (Relations extends 1 | 2
      ? {
          [K in RelationKey<T>]: `${K}.${DeclaredPath<ExpandProperty<T[K]>, Relations extends 2 ? 1 : 0>}`;
        }[RelationKey<T>]
      : never);
