import type { EntityKey, ExpandProperty } from '@mikro-orm/core';

import type { Value } from '../spec/ast.ts';
import type { Quantifier } from '../spec/quantifiers.ts';
import type { OperatorFor, OperatorForDeclared } from './operators-by-type.ts';
import type { IsComputed, IsJson } from './property-options.ts';

/** A to-many property, told by its shape: the host's `Collection` is too large a type to compare with. */
type ToMany = { getItems: unknown } | readonly unknown[];

/** What a column holds. An ObjectId is told by its shape: not every application has its driver. */
export type Scalar = Value | { toHexString(): string };

type FieldKey<T> = {
  [K in EntityKey<T>]: NonNullable<T[K]> extends readonly unknown[]
    ? never
    : ExpandProperty<T[K]> extends Scalar
      ? IsComputed<T, K> extends true
        ? never
        : K
      : never;
}[EntityKey<T>];

/** A relation or an embeddable, as far as types tell. */
export type RelationKey<T> = {
  [K in EntityKey<T>]: ExpandProperty<T[K]> extends Scalar | Uint8Array ? never : IsJson<T, K> extends true ? never : K;
}[EntityKey<T>];

type ToOneKey<T> = {
  [K in RelationKey<T>]: NonNullable<T[K]> extends ToMany ? never : K;
}[RelationKey<T>];

type ToManyKey<T> = Exclude<RelationKey<T>, ToOneKey<T>>;

/** How many relations a path may still pass after one more. */
type Fewer = { 2: 1; 1: 0 };

/** A property of `T`, or one reached over at most two to-one relations: `name`, `country.code`. */
export type FieldPath<T, Depth extends 0 | 1 | 2 = 2> =
  | FieldKey<T>
  | (Depth extends keyof Fewer
      ? { [K in ToOneKey<T>]: `${K}.${FieldPath<ExpandProperty<T[K]>, Fewer[Depth]>}` }[ToOneKey<T>]
      : never);

/** A relation of `T`, or one reached over a to-one relation: `country`, `country.continent`. */
export type RelationPath<T, Depth extends 0 | 1 | 2 = 1> =
  | RelationKey<T>
  | (Depth extends keyof Fewer
      ? { [K in ToOneKey<T>]: `${K}.${RelationPath<ExpandProperty<T[K]>, Fewer[Depth]>}` }[ToOneKey<T>]
      : never);

/** A to-many relation of `T`, or one reached over relations: `books`, `country.cities`. */
export type CollectionPath<T, Depth extends 0 | 1 | 2 = 1> =
  | ToManyKey<T>
  | (Depth extends keyof Fewer
      ? { [K in RelationKey<T>]: `${K}.${CollectionPath<ExpandProperty<T[K]>, Fewer[Depth]>}` }[RelationKey<T>]
      : never);

/** A property of `T`, or one reached over at most two relations of any kind: `name`, `books.title`. */
export type FilterPath<T, Depth extends 0 | 1 | 2 = 2> =
  | FieldKey<T>
  | (Depth extends keyof Fewer
      ? { [K in RelationKey<T>]: `${K}.${FilterPath<ExpandProperty<T[K]>, Fewer[Depth]>}` }[RelationKey<T>]
      : never);

/** The type of the property at the end of a {@link FieldPath}. */
export type FieldType<T, P extends string> = P extends `${infer K}.${infer Rest}`
  ? K extends keyof T
    ? FieldType<ExpandProperty<T[K]>, Rest>
    : never
  : P extends keyof T
    ? ExpandProperty<T[P]>
    : never;

/**
 * Which operators each field may be filtered by, and what may be asked of each to-many relation; what is not named cannot
 * be filtered by. Fields behind a to-many relation are asked for inside its `some`, `none` and `every`.
 */
export type FilterList<T, D = {}> = { readonly [P in FilterPath<T>]?: readonly OperatorFor<FieldType<T, P>>[] } & {
  readonly [P in CollectionPath<T>]?: readonly Quantifier[];
} & { readonly [P in keyof D]?: readonly OperatorForDeclared<D[P]>[] };
