import type { SqlToken } from '@mikro-kit/statement-tap';

import { depthChange, groupEnd, isWord } from './sql-group.ts';

const CLOSING: SqlToken = { kind: 'symbol', text: ')', glued: true };

/** Keeps the first element of every `in (…)` list of values and the first row of every `values (…), (…)`. */
export function collapseLists(tokens: readonly SqlToken[]): SqlToken[] {
  const kept: SqlToken[] = [];
  for (let at = 0; at < tokens.length;) {
    const list = listAt(tokens, at);
    kept.push(...(list?.kept ?? tokens.slice(at, at + 1)));
    at = list?.end ?? at + 1;
  }
  return kept;
}

interface List {
  readonly kept: readonly SqlToken[];
  readonly end: number;
}

function listAt(tokens: readonly SqlToken[], at: number): List | undefined {
  if (tokens[at + 1]?.text !== '(') return undefined;
  if (isWord(tokens[at], 'values')) return rows(tokens, at);
  return isWord(tokens[at], 'in') ? inList(tokens, at) : undefined;
}

function rows(tokens: readonly SqlToken[], at: number): List {
  const firstEnd = groupEnd(tokens, at + 1);
  let end = firstEnd;
  while (tokens[end]?.text === ',' && tokens[end + 1]?.text === '(') end = groupEnd(tokens, end + 1);
  return { kept: tokens.slice(at, firstEnd), end };
}

function inList(tokens: readonly SqlToken[], at: number): List | undefined {
  const end = groupEnd(tokens, at + 1);
  if (!tokens.slice(at + 1, end).every(isListPart)) return undefined;
  const firstEnd = tokens[at + 2]?.text === '(' ? groupEnd(tokens, at + 2) : at + 3;
  return { kept: [...tokens.slice(at, Math.min(firstEnd, end - 1)), CLOSING], end };
}

function isListPart({ kind, text }: SqlToken): boolean {
  return kind === 'literal' || kind === 'placeholder' || text === ',' || text === '(' || text === ')';
}

/** Keeps one of equal `when … then …` in a row, which the host writes per row of a batch update. */
export function collapseBranches(tokens: readonly SqlToken[]): SqlToken[] {
  const kept: SqlToken[] = [];
  let previous = '';
  for (let at = 0; at < tokens.length;) {
    const branch = tokens.slice(at, isWord(tokens[at], 'when') ? branchEnd(tokens, at + 1) : at + 1);
    const text = branch.length > 1 ? branch.map(token => token.text).join(' ') : '';
    if (text === '' || text !== previous) kept.push(...branch);
    previous = text;
    at += branch.length;
  }
  return kept;
}

function branchEnd(tokens: readonly SqlToken[], start: number): number {
  let depth = 0;
  for (let at = start; at < tokens.length; at++) {
    const token = tokens[at];
    if (depth === 0 && ['when', 'else', 'end'].some(word => isWord(token, word))) return at;
    depth += depthChange(token) + (isWord(token, 'case') ? 1 : isWord(token, 'end') ? -1 : 0);
  }
  return tokens.length;
}
