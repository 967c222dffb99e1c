import type { SqlToken } from '@mikro-kit/statement-tap';

import { collapseBranches, collapseLists } from './collapse.ts';

/**
 * A statement without its values: literals and placeholders are `?`, `in` lists and the rows of `values` are collapsed
 * to their first, white space and comments are gone. Two statements that differ only in these have one fingerprint.
 */
export function fingerprintOf(tokens: readonly SqlToken[]): string {
  return print(collapseBranches(collapseLists(tokens)));
}

function print(tokens: readonly SqlToken[]): string {
  return tokens.map((token, at) => gap(tokens[at - 1], token) + shown(token, tokens[at - 1])).join('');
}

const BEFORE_A_TABLE = new Set(['from', 'join', 'into', 'update', 'table', '.']);

/**
 * SQLite reads an unknown name in double quotes as a string, and people write one by mistake elsewhere. So what does not
 * look like a name, and does not stand where only a table can, may be a value.
 */
function shown({ kind, text }: SqlToken, before: SqlToken | undefined): string {
  const doubtful = kind === 'name' && text.startsWith('"') && !BEFORE_A_TABLE.has(before?.text ?? '');
  return doubtful ? '?' : text;
}

const NO_GAP_BEFORE = new Set([',', ')', '.', ';', '::', '[', ']']);
const NO_GAP_AFTER = new Set(['(', '.', '::', '[']);

function gap(before: SqlToken | undefined, token: SqlToken): '' | ' ' {
  if (!before || NO_GAP_BEFORE.has(token.text) || NO_GAP_AFTER.has(before.text)) return '';
  const call = token.text === '(' && token.glued && before.text !== 'in' && before.text !== 'values';
  return call ? '' : ' ';
}
