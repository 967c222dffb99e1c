const LAST_CODE_POINT = 0x10ffff;
const LAST_BEFORE_SURROGATES = 0xd7ff;
const FIRST_AFTER_SURROGATES = 0xe000;

/**
 * The smallest string that is larger, by code point, than every string with this prefix. `undefined` when there is none:
 * for the empty prefix, and for one of U+10FFFF alone.
 */
export function nextPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, character => character.codePointAt(0) ?? 0);
  const last = points.findLastIndex(point => point < LAST_CODE_POINT);
  return last < 0 ? undefined : String.fromCodePoint(...points.slice(0, last), next(points[last] ?? 0));
}

function next(point: number): number {
  return point === LAST_BEFORE_SURROGATES ? FIRST_AFTER_SURROGATES : point + 1;
}
