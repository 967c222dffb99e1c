import { tokenize, type SqlDialect, type SqlToken } from '@mikro-kit/statement-tap';

import { rowKey, type KeyKind } from './row-key.ts';

/** The primary key of a table, if it is one column. */
export interface TableKey {
  readonly column: string;
  readonly kind: KeyKind;
}

/** A statement of one table, compiled. */
export interface CompiledStatement {
  readonly sql: string;
  readonly params: readonly unknown[];
}

/** The placeholders that stand for the keys of a statement's rows, of so many that it has. */
export interface KeyPlaceholders {
  readonly positions: readonly number[];
  readonly count: number;
}

/** More rows than that count as the whole table. */
const MAX_ROWS = 100;

/**
 * The keys of the rows that an `update` or a `delete` can change: `… where id = ?` or `in (?, …)`, and whatever else
 * narrows it down. Undefined when they cannot be told, or when keys themselves are changed.
 */
export function rowsWritten(
  { sql, params }: CompiledStatement,
  key: TableKey,
  dialect: SqlDialect,
): string[] | undefined {
  const tokens = plainTokens(sql, dialect);
  const where = tokens ? topLevel(tokens).filter(({ token }) => isWord(token, 'where')) : [];
  const [only] = where;
  if (!tokens || !only || where.length > 1) return undefined;
  const head = tokens.slice(0, only.at);
  const isKnown = isWord(head[0], 'update') ? keepsKey(head, key) : isDelete(head);
  const positions = isKnown ? positionsIn(tokens.slice(only.at + 1), key, WRITE_TAIL) : undefined;
  return positions && keysAt({ positions, count: placeholdersIn(tokens) }, params, key);
}

/** The columns that an `update` of one table assigns, in lower case. Undefined when they cannot be told. */
export function columnsAssigned(sql: string, dialect: SqlDialect): readonly string[] | undefined {
  const tokens = plainTokens(sql, dialect);
  if (!tokens || !isWord(tokens[0], 'update')) return undefined;
  const where = topLevel(tokens).find(({ token }) => isWord(token, 'where'))?.at;
  return assignedIn(tokens.slice(0, where));
}

/**
 * The placeholders of the keys that a `select` of one table is confined to. Undefined when they cannot be told, or when
 * rows beyond them can have a say: subqueries, joins, functions over several rows.
 */
export function keysRead(sql: string, key: TableKey, dialect: SqlDialect): KeyPlaceholders | undefined {
  const tokens = plainTokens(sql, dialect);
  const [select, ...moreSelects] = positionsOf(tokens, 'select');
  const [from, ...moreFroms] = positionsOf(tokens, 'from');
  const [where, ...moreWheres] = positionsOf(tokens, 'where');
  if (!tokens || select !== 0 || from === undefined || where === undefined) return undefined;
  if (moreSelects.length + moreFroms.length + moreWheres.length > 0) return undefined;
  const isPlain = tokens.slice(0, from).every(isPlainColumn) && isOneTable(tokens.slice(from + 1, where));
  const positions = isPlain ? positionsIn(tokens.slice(where + 1), key, READ_TAIL) : undefined;
  return positions && { positions, count: placeholdersIn(tokens) };
}

/** How many rows a read by these placeholders can find. */
export function mostRowsOf({ positions }: KeyPlaceholders, params: readonly unknown[]): number {
  return new Set(positions.map(at => params[at])).size;
}

/**
 * The names of the rows by the values of their placeholders: fewer than there are rows where two rows share a name.
 * Undefined when one of them has none.
 */
export function keysAt(
  { positions, count }: KeyPlaceholders,
  params: readonly unknown[],
  { kind }: TableKey,
): string[] | undefined {
  // Where there are other placeholders than values, one could be mistaken for another.
  if (count !== params.length || positions.length > MAX_ROWS) return undefined;
  const names = positions.map(at => rowKey(kind, params[at])).filter(name => name !== undefined);
  return names.length === positions.length ? [...new Set(names)] : undefined;
}

/** Undefined when a backslash could hide a placeholder, or when there are several statements. */
function plainTokens(sql: string, dialect: SqlDialect): SqlToken[] | undefined {
  if (sql.includes('\\')) return undefined;
  const tokens = tokenize(sql, dialect);
  return tokens.every(({ text }) => text !== ';') ? tokens : undefined;
}

function placeholdersIn(tokens: readonly SqlToken[]): number {
  return new Set(tokens.flatMap(({ param }) => (param === undefined ? [] : [param]))).size;
}

const READ_TAIL = new Set(['order', 'limit', 'offset']);
const WRITE_TAIL = new Set([...READ_TAIL, 'returning']);
/** Under one of these a condition that names the key may not narrow the rows down to it. */
const NO_CONJUNCTION = new Set(
  'or xor not between case union intersect except || && ! select group having window for fetch'.split(' '),
);

/** The placeholders of the keys that a condition confines its statement to. */
function positionsIn(
  tokens: readonly SqlToken[],
  key: TableKey,
  tails: ReadonlySet<string>,
): readonly number[] | undefined {
  const outside = topLevel(tokens);
  const end = outside.find(({ token }) => token.kind === 'word' && tails.has(token.text))?.at;
  const tail = end === undefined ? [] : tokens.slice(end);
  if (tails === READ_TAIL && tail.some(token => isSymbol(token, '('))) return undefined;
  if (outside.some(({ token }) => isCode(token) && NO_CONJUNCTION.has(token.text))) return undefined;
  for (const conjunct of conjunctsOf(tokens.slice(0, end))) {
    const positions = comparedWith(conjunct, key.column);
    if (positions) return positions;
  }
  return undefined;
}

function conjunctsOf(tokens: readonly SqlToken[]): SqlToken[][] {
  const ands = topLevel(tokens).filter(({ token }) => isWord(token, 'and'));
  const edges = [-1, ...ands.map(({ at }) => at), tokens.length];
  return edges.slice(1).map((edge, index) => tokens.slice((edges[index] ?? -1) + 1, edge));
}

/** The placeholders that the column is compared with, in `column = ?` or `column in (?, …)`. */
function comparedWith(conjunct: readonly SqlToken[], column: string): number[] | undefined {
  const start = afterName(conjunct, 0);
  const [operator, ...right] = conjunct.slice(start);
  if (!isNamed(conjunct[start - 1], column)) return undefined;
  if (operator?.text === '=' && right.length === 1) return placeholders(right);
  if (!isWord(operator, 'in') || !isSymbol(right[0], '(') || !isSymbol(right.at(-1), ')')) return undefined;
  const list = right.slice(1, -1);
  const separated = list.every((token, at) => at % 2 === 0 || isSymbol(token, ','));
  return separated ? placeholders(list.filter((_, at) => at % 2 === 0)) : undefined;
}

function placeholders(tokens: readonly SqlToken[]): number[] | undefined {
  const values = tokens.flatMap(({ param }) => (param === undefined ? [] : [param]));
  return values.length === tokens.length && values.length > 0 ? values : undefined;
}

function keepsKey(head: readonly SqlToken[], { column }: TableKey): boolean {
  const assigned = assignedIn(head);
  return assigned !== undefined && !assigned.includes(column.toLowerCase());
}

/** Of `update t [as] a set …`; undefined when it takes rows of other tables. */
function assignedIn(head: readonly SqlToken[]): string[] | undefined {
  const outside = topLevel(head);
  const set = outside.find(({ token }) => isWord(token, 'set'))?.at;
  if (set === undefined || !isOneTable(head.slice(1, set))) return undefined;
  if (outside.some(({ token }) => isWord(token, 'from') || isWord(token, 'join'))) return undefined;
  const starts = outside
    .filter(({ token, at }) => at === set || (at > set && isSymbol(token, ',')))
    .map(({ at }) => at + 1);
  const columns = starts.map(at => {
    const end = afterName(head, at);
    return end > at && isSymbol(head[end], '=') ? head[end - 1]?.text.toLowerCase() : undefined;
  });
  return columns.every(column => column !== undefined) ? columns : undefined;
}

function isDelete(head: readonly SqlToken[]): boolean {
  return isWord(head[0], 'delete') && isWord(head[1], 'from') && isOneTable(head.slice(2));
}

/** `schema.name`, and an alias. */
function isOneTable(tokens: readonly SqlToken[]): boolean {
  const end = afterName(tokens, 0);
  const alias = tokens.slice(isWord(tokens[end], 'as') ? end + 1 : end);
  return end > 0 && alias.length <= 1 && alias.every(isName);
}

/** Where a name with its qualifiers that starts at `start` ends; `start` if there is none. */
function afterName(tokens: readonly SqlToken[], start: number): number {
  const [first, dot] = [tokens[start], tokens[start + 1]];
  if (!first || !isName(first)) return start;
  return isSymbol(dot, '.') ? afterName(tokens, start + 2) : start + 1;
}

function isPlainColumn(token: SqlToken): boolean {
  if (token.kind === 'symbol') return token.text === '.' || token.text === ',' || token.text === '*';
  return isName(token) && !isWord(token, 'distinct');
}

function isName(token: SqlToken): boolean {
  return token.kind === 'word' || token.kind === 'name';
}

function isNamed(token: SqlToken | undefined, name: string): boolean {
  return token !== undefined && isName(token) && token.text.toLowerCase() === name.toLowerCase();
}

function isCode(token: SqlToken): boolean {
  return token.kind === 'word' || token.kind === 'symbol';
}

function isWord(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'word' && token.text === text;
}

function isSymbol(token: SqlToken | undefined, text: string): boolean {
  return token?.kind === 'symbol' && token.text === text;
}

function positionsOf(tokens: readonly SqlToken[] = [], word: string): number[] {
  return tokens.flatMap((token, at) => (isWord(token, word) ? [at] : []));
}

/** The tokens outside of parentheses and of `case … end`. */
function topLevel(tokens: readonly SqlToken[]): { readonly token: SqlToken; readonly at: number }[] {
  let depth = 0;
  return tokens.flatMap((token, at) => {
    if (isSymbol(token, '(') || isWord(token, 'case')) depth++;
    const outside = depth === 0 || (depth === 1 && isWord(token, 'case'));
    if (isSymbol(token, ')') || isWord(token, 'end')) depth--;
    return outside ? [{ token, at }] : [];
  });
}
