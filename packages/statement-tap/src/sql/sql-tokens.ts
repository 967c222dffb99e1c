import type { SqlDialect } from './sql-dialect.ts';

/**
 * A piece of SQL text, normalised: a `word` is in lower case, a `name` (a quoted identifier) loses quotes that it does
 * not need, a `literal` and a `placeholder` are `?`.
 */
export interface SqlToken {
  readonly kind: 'word' | 'name' | 'literal' | 'placeholder' | 'symbol';
  readonly text: string;
  /** Of a `placeholder`: the index of its value among the parameters. */
  readonly param?: number;
  /** Whether nothing stood between it and the token before. */
  readonly glued: boolean;
}

type Rule = readonly [kind: SqlToken['kind'] | 'blank', pattern: RegExp];

// The first rule that matches wins; what is met most comes first. A literal or comment that does not end runs to the end
// of the text: what was cut must not show a value. As in PostgreSQL, all characters beyond ASCII may stand in a word.
const PUNCTUATION: Rule = ['symbol', /[,().=*;]/y];
const SHARED: readonly Rule[] = [
  ['placeholder', /\?|\$\d+/y],
  ['name', /`[^`]*(?:``[^`]*)*(?:`|$)/y],
  ['literal', /0x[\da-f]+|\d+(?:\.\d*)?(?:e[+-]?\d+)?/iy],
  ['symbol', /->>|#>>|<=>|::|->|#>|<=|>=|<>|!=|\|\||&&|@>|<@|[\s\S]/y],
];

/** Without what follows it, a string in single quotes; behind a letter or two it is one of another type. */
const STRING = /(?:[nxb]|u&)?'[^']*(?:''[^']*)*(?:'|$)/iy;
const WORD: Rule = ['word', /(?!(?:[enxb]|u&)'|u&")[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy];
const DOUBLE_QUOTED_NAME: Rule = ['name', /"[^"]*(?:""[^"]*)*(?:"|$)/y];

const RULES: Readonly<Record<SqlDialect, readonly Rule[]>> = {
  postgres: [
    ['blank', /\s+|--[^\n]*/y],
    WORD,
    PUNCTUATION,
    DOUBLE_QUOTED_NAME,
    ['literal', STRING],
    // An identifier, but one with escapes, so its name is not known.
    ['literal', /u&"[^"]*(?:""[^"]*)*(?:"|$)/iy],
    ['literal', /e'[^'\\]*(?:(?:''|\\[\s\S]?)[^'\\]*)*(?:'|$)/iy],
    ['literal', /\$([a-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)/iy],
    ...SHARED,
  ],
  sqlite: [
    ['blank', /\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
    WORD,
    PUNCTUATION,
    DOUBLE_QUOTED_NAME,
    ['name', /\[[^\]]*(?:\]|$)/y],
    ['literal', STRING],
    ...SHARED,
  ],
  mysql: [
    // What stands in /*! … */ and MariaDB's /*M! … */ is run, so it is no comment.
    ['blank', /\s+|--(?=\s|$)[^\n]*|#[^\n]*|\/\*(?!M?!)[\s\S]*?(?:\*\/|$)/y],
    ['word', /(?!(?:[nxb]|_\w+\s*)['"])[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy],
    PUNCTUATION,
    ['literal', /(?:[nxb]|_\w+\s*)?'[^'\\]*(?:(?:''|\\[\s\S]?)[^'\\]*)*(?:'|$)/iy],
    ['literal', /(?:[nxb]|_\w+\s*)?"[^"\\]*(?:(?:""|\\[\s\S]?)[^"\\]*)*(?:"|$)/iy],
    ...SHARED,
  ],
};

/** Cuts SQL into tokens, dropping white space and comments. Linear in the text; never throws. */
export function tokenize(sql: string, dialect: SqlDialect): SqlToken[] {
  const tokens: SqlToken[] = [];
  let placeholders = 0;
  let glued = true;
  for (let at = 0; at < sql.length;) {
    const [kind, text] = next(sql, at, dialect);
    at += text.length;
    if (kind !== 'blank') tokens.push(token(kind, text, glued, placeholders));
    if (kind === 'placeholder') placeholders++;
    glued = kind !== 'blank';
  }
  return tokens;
}

function next(sql: string, at: number, dialect: SqlDialect): readonly [Rule[0], string] {
  if (dialect === 'postgres' && sql.startsWith('/*', at)) return ['blank', sql.slice(at, nestedCommentEnd(sql, at))];
  for (const [kind, pattern] of RULES[dialect]) {
    pattern.lastIndex = at;
    const text = pattern.exec(sql)?.[0];
    if (text) return [kind, text];
  }
  return ['symbol', sql.charAt(at)];
}

/** PostgreSQL's block comments nest. */
function nestedCommentEnd(sql: string, start: number): number {
  const edge = /\/\*|\*\//g;
  edge.lastIndex = start;
  let depth = 0;
  for (let found = edge.exec(sql); found; found = edge.exec(sql)) {
    depth += found[0] === '/*' ? 1 : -1;
    if (depth === 0) return edge.lastIndex;
  }
  return sql.length;
}

const NORMALISED: Readonly<Record<SqlToken['kind'], (text: string) => string>> = {
  placeholder: () => '?',
  literal: () => '?',
  name: unquoted,
  word: text => text.toLowerCase(),
  symbol: text => text,
};

function token(kind: SqlToken['kind'], text: string, glued: boolean, placeholders: number): SqlToken {
  const normalised = { kind, text: NORMALISED[kind](text), glued };
  if (kind !== 'placeholder') return normalised;
  return { ...normalised, param: text === '?' ? placeholders : Number(text.slice(1)) - 1 };
}

function unquoted(name: string): string {
  const inner = name.slice(1, -1);
  return /^[a-z_\u0080-\uffff][\w$\u0080-\uffff]*$/i.test(inner) ? inner : name;
}

/** The name that an identifier stands for: without the quotes that {@link SqlToken} keeps where they are needed. */
export function identifierOf({ kind, text }: SqlToken): string {
  const quote = kind === 'name' ? text.at(-1) : undefined;
  if (quote !== '"' && quote !== '`' && quote !== ']') return text;
  return text.slice(1, -1).replaceAll(quote.repeat(2), quote);
}
