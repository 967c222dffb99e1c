import type { IndexHints } from '@mikro-orm/core';

/** The builder of a property: `defineEntity` keeps them in the entity's type, decorated classes have none. */
type BuilderOf<T, K> = T extends { [IndexHints]?: [infer Builders] }
  ? K extends keyof Builders
    ? Builders[K] extends (...args: never[]) => infer Builder
      ? Builder
      : Builders[K]
    : unknown
  : unknown;

/** The options that a property was built with; `unknown` where its builder is not known. */
export type PropertyOptions<T, K> = BuilderOf<T, K> extends { '~options'?: infer Options } ? Options : unknown;

/** Whether a property has no column of its own, as far as types tell. */
export type IsComputed<T, K> = PropertyOptions<T, K> extends { persist: false } | { formula: unknown } ? true : false;

/** Whether a property whose value is an object is JSON; `unknown` where types do not tell it from a relation. */
export type IsJson<T, K> =
  unknown extends PropertyOptions<T, K> ? unknown : PropertyOptions<T, K> extends { kind: unknown } ? false : true;
