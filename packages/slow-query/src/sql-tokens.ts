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

/** `mysql` also stands for MariaDB: backslash escapes, strings in double quotes, `#` comments. */
export type SqlDialect = 'standard' | 'mysql';

type Rule = readonly [kind: SqlToken['kind'] | 'blank', pattern: RegExp];

// The first rule that matches wins; what is met most comes first. A literal or comment that does not end runs to the end
// of the text: what was cut must not show a value. As in PostgreSQL, all characters beyond ASCII may stand in a word.
const PUNCTUATION: Rule = ['symbol', /[,().=*;]/y];
const SHARED: readonly Rule[] = [
  ['placeholder', /\?|\$\d+/y],
  ['name', /`[^`]*(?:``[^`]*)*(?:`|$)/y],
  ['literal', /\d[\w.]*(?:(?<=e)[+-]\d+)?/iy],
  ['symbol', /->>|#>>|<=>|::|->|#>|<=|>=|<>|!=|\|\||&&|@>|<@|[\s\S]/y],
];

const RULES: Readonly<Record<SqlDialect, readonly Rule[]>> = {
  standard: [
    ['blank', /\s+|--[^\n]*/y],
    ['word', /(?!(?:[enxb]|u&)')[a-z_\u0080-\uffff][\w$\u0080-\uffff]*/iy],
    PUNCTUATION,
    ['name', /"[^"]*(?:""[^"]*)*(?:"|$)/y],
    ['literal', /(?:[nxb]|u&)?'[^']*(?:''[^']*)*(?:'|$)/iy],
    ['literal', /e'[^'\\]*(?:(?:''|\\[\s\S]?)[^'\\]*)*(?:'|$)/iy],
    ['literal', /\$([a-z_]\w*)?\$[\s\S]*?(?:\$\1\$|$)/iy],
    ...SHARED,
  ],
  mysql: [
    ['blank', /\s+|--(?=\s|$)[^\n]*|#[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y],
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
  if (dialect === 'standard' && sql.startsWith('/*', at)) return ['blank', sql.slice(at, nestedCommentEnd(sql, at))];
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
