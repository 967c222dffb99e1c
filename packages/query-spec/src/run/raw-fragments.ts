import { RawQueryFragment, isRaw } from '@mikro-orm/core';

/** The text and parameters of every raw fragment in a condition, as JSON would not have them. */
export function fragmentsIn(where: unknown): readonly unknown[] {
  if (typeof where !== 'object' || where === null) {
    return [];
  }
  const fragments = Object.getOwnPropertySymbols(where).flatMap(key => {
    const fragment = RawQueryFragment.getKnownFragment(key);
    return fragment ? [[fragment.sql, fragment.params.map(textOf)]] : [];
  });
  return [...fragments, ...Object.values(where).flatMap(fragmentsIn)];
}

/** A parameter may be a fragment itself, which is not written as text. */
function textOf(parameter: unknown): string {
  return isRaw(parameter) ? parameter.sql : String(parameter);
}
