import type { SqlToken } from '@mikro-kit/statement-tap';

import { depthChange, groupEnd, isWord } from './sql-group.ts';

/** A read of one table whose rows are picked by columns that equal one parameter each. */
export interface KeyRead {
  readonly schema?: string;
  readonly table: string;
  /** The compared columns, by the index of the parameter that each equals. Never empty. */
  readonly columns: ReadonlyMap<number, string>;
  /** `rows`: all that match; `page`: behind a limit; `aggregate`: only a figure of them. */
  readonly takes: 'rows' | 'page' | 'aggregate';
}

const CLAUSES = new Set(['order', 'limit', 'offset', 'fetch', 'for', 'lock']);
/** What makes a statement more than rows of one table picked by a conjunction. */
const BEYOND = new Set(['union', 'intersect', 'except', 'group', 'having', 'window', 'or']);
const AGGREGATES = new Set(['count', 'sum', 'min', 'max', 'avg']);
const JOINS = new Set(['join', 'left', 'inner', 'right', 'full', 'cross', 'natural', 'straight_join', 'on', 'where']);

/**
 * Tells what a `select` picks by key, or `undefined` when it is not such a read or cannot be told. Joins are allowed
 * (the host adds them for inverse sides and pivot tables): only columns of the first table count.
 */
export function keyReadOf(tokens: readonly SqlToken[]): KeyRead | undefined {
  if (!isWord(tokens[0], 'select')) return undefined;
  const top = topLevel(tokens);
  if (top.some(at => BEYOND.has(wordAt(tokens, at)))) return undefined;
  const from = top.find(at => isWord(tokens[at], 'from'));
  const where = top.find(at => isWord(tokens[at], 'where'));
  if (from === undefined || where === undefined) return undefined;
  const source = sourceAt(tokens, from + 1);
  if (!source || source.end > where) return undefined;
  const { alias, end: sourceEnd, ...origin } = source;
  const end = top.find(at => at > where && CLAUSES.has(wordAt(tokens, at))) ?? tokens.length;
  const parts = conjuncts(tokens, top, where + 1, end);
  const columns = new Map(parts.flatMap(part => equalities(part, alias, sourceEnd === where)));
  return columns.size === 0 ? undefined : { ...origin, columns, takes: takes(tokens, end) };
}

/** Indices of the tokens outside of all parentheses. */
function topLevel(tokens: readonly SqlToken[]): number[] {
  const indices: number[] = [];
  let depth = 0;
  tokens.forEach((token, at) => {
    if (depth === 0) indices.push(at);
    depth += depthChange(token);
  });
  return indices;
}

function wordAt(tokens: readonly SqlToken[], at: number): string {
  const token = tokens[at];
  return token?.kind === 'word' ? token.text : '';
}

interface Source {
  readonly schema?: string;
  readonly table: string;
  readonly alias: string;
  readonly end: number;
}

/** `[schema.]table [[as] alias]`, or `undefined` for a subquery and for `from a, b`. */
function sourceAt(tokens: readonly SqlToken[], start: number): Source | undefined {
  const qualified = tokens[start + 1]?.text === '.';
  const table = identifier(tokens[qualified ? start + 2 : start]);
  const schema = qualified ? identifier(tokens[start]) : undefined;
  if (table === undefined) return undefined;
  let end = start + (qualified ? 3 : 1);
  if (isWord(tokens[end], 'as')) end++;
  const alias = JOINS.has(wordAt(tokens, end)) ? undefined : identifier(tokens[end]);
  if (alias !== undefined) end++;
  if (tokens[end]?.text === ',') return undefined;
  return { ...(schema !== undefined && { schema }), table, alias: alias ?? table, end };
}

function identifier(token: SqlToken | undefined): string | undefined {
  return token?.kind === 'name' || token?.kind === 'word' ? token.text : undefined;
}

function conjuncts(tokens: readonly SqlToken[], top: readonly number[], start: number, end: number): SqlToken[][] {
  const ands = top.filter(at => at > start && at < end && isWord(tokens[at], 'and'));
  return [start - 1, ...ands].map((and, i) => tokens.slice(and + 1, ands[i] ?? end));
}

/** `column = ?`, `column in (?)` and `(column, column) in ((?, ?))`, of the table with that alias. */
function equalities(part: readonly SqlToken[], alias: string, alone: boolean): [param: number, column: string][] {
  const left = part[0]?.text === '(' ? groupEnd(part, 0) : part[1]?.text === '.' ? 3 : 1;
  const columns = columnsOf(part.slice(0, left), alias, alone);
  const params = paramsOf(part.slice(left));
  if (!columns || columns.length !== params?.length) return [];
  return params.map((param, i) => [param, columns[i] ?? '']);
}

function columnsOf(tokens: readonly SqlToken[], alias: string, alone: boolean): string[] | undefined {
  const inner = tokens[0]?.text === '(' ? tokens.slice(1, -1) : tokens;
  const columns = splitAtCommas(inner).map(part => {
    if (part.length === 1) return alone ? identifier(part[0]) : undefined;
    return part.length === 3 && part[0]?.text === alias && part[1]?.text === '.' ? identifier(part[2]) : undefined;
  });
  return columns.every(column => column !== undefined) ? columns : undefined;
}

function splitAtCommas(tokens: readonly SqlToken[]): SqlToken[][] {
  const parts: SqlToken[][] = [[]];
  for (const token of tokens) {
    if (token.text === ',') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

/** The parameters of `= ?`, `in (?)` or `in ((?, ?))`; `undefined` for anything else, longer lists included. */
function paramsOf(tokens: readonly SqlToken[]): number[] | undefined {
  const form = tokens.map(token => token.text).join('');
  if (!/^(?:=\?|in\(\?\)|in\(\(\?(?:,\?)*\)\))$/.test(form)) return undefined;
  const params = tokens.flatMap(({ kind, param }) => (kind === 'placeholder' && param !== undefined ? [param] : []));
  return tokens.some(({ kind }) => kind === 'literal') ? undefined : params;
}

function takes(tokens: readonly SqlToken[], end: number): KeyRead['takes'] {
  if (AGGREGATES.has(wordAt(tokens, 1)) && tokens[2]?.text === '(') return 'aggregate';
  return tokens.slice(end).some(token => isWord(token, 'limit') || isWord(token, 'fetch')) ? 'page' : 'rows';
}
