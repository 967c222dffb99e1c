/** A list of exactly `N` items, so that taking them apart needs no checks; a plain list where `N` is not known. */
export type Tuple<T, N extends number, Made extends readonly T[] = readonly []> = number extends N
  ? readonly T[]
  : Made['length'] extends N
    ? Made
    : Tuple<T, N, readonly [...Made, T]>;

/**
 * Gives a list of known length its type.
 *
 * @param length undefined stands for 0, as where a count is optional.
 * @throws {RangeError} if it has another length.
 */
export function tuple<T, N extends number>(list: readonly T[], length: N | undefined): Tuple<T, N> {
  if (isTuple(list, length)) return list;
  throw new RangeError(`expected ${length} items, not ${list.length}`);
}

function isTuple<T, N extends number>(list: readonly T[], length: N | undefined): list is readonly T[] & Tuple<T, N> {
  return list.length === (length ?? 0);
}
