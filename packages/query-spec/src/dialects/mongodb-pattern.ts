import { type LikeSpelling, spellLike } from '../translate/like-pattern.ts';
import type { TextTest } from '../translate/text-test.ts';

const START = '^';
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
      return START + spellLike(operand, likeSpelling(escape)) + END;
  }
}

function likeSpelling(escape: (text: string) => string): LikeSpelling {
  return { any: '[\\s\\S]*', one: '[\\s\\S]', escape };
}

function escapeText(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}

function escapeFolding(text: string): string {
  return escapeText(text).replace(/[a-z]/gi, letter => `[${letter.toLowerCase()}${letter.toUpperCase()}]`);
}
