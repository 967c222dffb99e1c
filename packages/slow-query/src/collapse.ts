import { depthChange, groupEnd, isWord } from './sql-group.ts';
import type { SqlToken } from './sql-tokens.ts';

/** Keeps the first element of every `in (…)` list of values and the first row of every `values (…), (…)`. */
export function collapseLists(tokens: readonly SqlToken[]): SqlToken[] {
  const kept: SqlToken[] = [];
  for (let at = 0; at < tokens.length;) {
    const list = listAt(tokens, at);
    kept.push(...tokens.slice(at, list.keepTo), ...list.closing);
    at = list.end;
  }
  return kept;
}

interface List {
  readonly keepTo: number;
  readonly closing: readonly SqlToken[];
  readonly end: number;
}

function listAt(tokens: readonly SqlToken[], at: number): List {
  const plain = { keepTo: at + 1, closing: [], end: at + 1 };
  if (tokens[at + 1]?.text !== '(') return plain;
  if (isWord(tokens[at], 'values')) return rows(tokens, at);
  return isWord(tokens[at], 'in') ? (inList(tokens, at) ?? plain) : plain;
}

function rows(tokens: readonly SqlToken[], at: number): List {
  const keepTo = groupEnd(tokens, at + 1);
  let end = keepTo;
  while (tokens[end]?.text === ',' && tokens[end + 1]?.text === '(') end = groupEnd(tokens, end + 1);
  return { keepTo, closing: [], end };
}

function inList(tokens: readonly SqlToken[], at: number): List | undefined {
  const end = groupEnd(tokens, at + 1);
  if (!tokens.slice(at + 1, end).every(isListPart)) return undefined;
  const keepTo = tokens[at + 2]?.text === '(' ? groupEnd(tokens, at + 2) : at + 3;
  const closing: SqlToken = { kind: 'symbol', text: ')', glued: true };
  return { keepTo: Math.min(keepTo, end), closing: keepTo < end ? [closing] : [], end };
}

function isListPart({ kind, text }: SqlToken): boolean {
  return kind === 'literal' || kind === 'placeholder' || text === ',' || text === '(' || text === ')';
}

/** Keeps one of equal `when … then …` in a row, which the host writes per row of a batch update. */
export function collapseBranches(tokens: readonly SqlToken[]): SqlToken[] {
  const kept: SqlToken[] = [];
  let previous = '';
  for (let at = 0; at < tokens.length;) {
    const end = isWord(tokens[at], 'when') ? branchEnd(tokens, at + 1) : at + 1;
    const branch = tokens.slice(at, end);
    const text = branch.map(token => token.text).join(' ');
    if (end === at + 1 || text !== previous) kept.push(...branch);
    previous = text;
    at = end;
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
