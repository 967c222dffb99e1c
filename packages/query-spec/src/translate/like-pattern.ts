/** A part of a `like` pattern: `%`, `_`, or text as it stands. */
export type LikeToken =
  | { readonly kind: 'any' }
  | { readonly kind: 'one' }
  | { readonly kind: 'text'; readonly text: string };

/** More of them cost a matcher time in every row. */
const MOST_ANY = 8;

/** How each database spells the parts. */
export interface LikeSpelling {
  readonly any: string;
  readonly one: string;
  readonly escape: (text: string) => string;
}

/**
 * Whether a pattern means something: a backslash makes the next character stand for itself, so one at the end is
 * refused, as are more than eight `%`.
 */
export function isLikePattern(pattern: string): boolean {
  return (
    !/(?:^|[^\\])(?:\\\\)*\\$/.test(pattern) &&
    tokensOf(pattern).filter(({ kind }) => kind === 'any').length <= MOST_ANY
  );
}

/** Writes a pattern in a database's own spelling. */
export function spellLike(pattern: string, { any, one, escape }: LikeSpelling): string {
  return tokensOf(pattern)
    .map(token => (token.kind === 'any' ? any : token.kind === 'one' ? one : escape(token.text)))
    .join('');
}

/** The parts of a pattern that lie before, between and behind its `%`, in a database's own spelling. */
export function splitLike(pattern: string, { one, escape }: Omit<LikeSpelling, 'any'>): readonly string[] {
  const parts = [''];
  for (const token of tokensOf(pattern)) {
    if (token.kind === 'any') {
      parts.push('');
    } else {
      parts.push((parts.pop() ?? '') + (token.kind === 'one' ? one : escape(token.text)));
    }
  }
  return parts;
}

function tokensOf(pattern: string): readonly LikeToken[] {
  const parts = pattern.match(/\\[\s\S]|%+|_|[^\\%_]+/gu) ?? [];
  return parts.map(part => {
    if (part.startsWith('%')) {
      return { kind: 'any' };
    }
    return part === '_' ? { kind: 'one' } : { kind: 'text', text: part.startsWith('\\') ? part.slice(1) : part };
  });
}
