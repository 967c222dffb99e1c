import { type LikeSpelling, splitLike } from '../translate/like-pattern.ts';
import type { TextTest } from '../translate/text-test.ts';

const START = '^';
const ANY = '[\\s\\S]';
/** No line end follows: `$` would hold before a last one. */
const END = '(?![\\s\\S])';

/**
 * A text test as a pattern. Without flags, since PCRE's fold more than A-Z, and without a dot, which stops at line ends.
 */
export function patternOf(test: TextTest): RegExp {
  return new RegExp(sourceOf(test));
}

function sourceOf({ match, operand, fold }: TextTest): string {
  const escape = fold ? escapeFolding : escapeText;
  switch (match) {
    case 'equals':
      return START + escape(operand) + END;
    case 'contains':
      return escape(operand);
    case 'startsWith':
      return START + escape(operand);
    case 'endsWith':
      return escape(operand) + END;
    case 'like':
      return likeSource(operand, { one: ANY, escape });
  }
}

/**
 * What stands between two `%` is taken where it first comes, for good: a lookahead is never tried again, and its text is
 * repeated behind it. Otherwise a pattern would try all ways to spread them over a text. The last one stands at the end.
 */
function likeSource(pattern: string, spelling: Omit<LikeSpelling, 'any'>): string {
  const [first = '', ...others] = splitLike(pattern, spelling);
  const last = others.pop();
  // By name: where groups without one are not kept, as on DocumentDB, there is nothing to repeat by number.
  const between = others.map((part, i) => `(?=(?<part${i}>${ANY}*?${part}))\\k<part${i}>`);
  return START + first + between.join('') + (last === undefined ? '' : `${ANY}*${last}`) + END;
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function escapeFolding(text: string): string {
  return escapeText(text).replace(/[a-z]/gi, letter => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}
