import type { SqlToken } from '@mikro-kit/statement-tap';

/** Whether the token is that keyword, and not a quoted name that reads like it. */
export function isWord(token: SqlToken | undefined, word: string): boolean {
  return token?.kind === 'word' && token.text === word;
}

/** The index behind the parenthesis that closes the one at `start`; the end of the text if none does. */
export function groupEnd(tokens: readonly SqlToken[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    depth += depthChange(tokens[at]);
    if (depth === 0) return at + 1;
  }
  return tokens.length;
}

/** +1 for an opening parenthesis, -1 for a closing one, else 0. */
export function depthChange(token: SqlToken | undefined): number {
  if (token?.kind !== 'symbol') return 0;
  return token.text === '(' ? 1 : token.text === ')' ? -1 : 0;
}
