/** A piece of SQL text. `name` is an identifier in quotes, without them; `word` is in lower case. */
export interface SqlToken {
  readonly kind: 'word' | 'name' | 'value' | 'symbol';
  readonly text: string;
}

/** How a database reads string literals and comments. */
export interface SqlDialect {
  /** MySQL and MariaDB: `\'` inside a string is a quote, and `#` starts a comment. */
  readonly backslashEscapes: boolean;
  /** PostgreSQL: a block comment may hold block comments. */
  readonly nestedComments: boolean;
}

const WORD = /[\p{L}_][\p{L}\p{N}_$]*/uy;
const NUMBER = /[0-9][\w.]*/y;
const SPACE = /\s+/y;
const DOLLAR_QUOTE = /\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$/uy;
const PLACEHOLDER = /\$[0-9]+|\?/y;

/**
 * Cuts SQL into tokens, dropping white space and comments. Linear in the text, never throws; a string or comment that
 * does not end runs to the end of the text.
 */
export function tokenize(sql: string, dialect: SqlDialect): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    const blank = skipBlank(sql, at, dialect);
    if (blank > at) {
      at = blank;
      continue;
    }
    const [token, end] = tokenAt(sql, at, dialect);
    tokens.push(token);
    at = end;
  }
  return tokens;
}

function skipBlank(sql: string, at: number, dialect: SqlDialect): number {
  const space = match(SPACE, sql, at);
  if (space) return at + space.length;
  if (startsLineComment(sql, at, dialect)) return lineEnd(sql, at);
  // MySQL runs the inside of /*! … */, so there it is not a comment.
  const executable = dialect.backslashEscapes && sql[at + 2] === '!';
  return sql.startsWith('/*', at) && !executable ? blockCommentEnd(sql, at, dialect) : at;
}

function startsLineComment(sql: string, at: number, dialect: SqlDialect): boolean {
  if (!dialect.backslashEscapes) return sql.startsWith('--', at);
  return sql[at] === '#' || (sql.startsWith('--', at) && !/\S/.test(sql[at + 2] ?? ' '));
}

function lineEnd(sql: string, at: number): number {
  const end = sql.indexOf('\n', at);
  return end < 0 ? sql.length : end + 1;
}

function blockCommentEnd(sql: string, at: number, dialect: SqlDialect): number {
  let depth = 1;
  let end = at + 2;
  while (end < sql.length && depth > 0) {
    if (sql.startsWith('*/', end)) depth--;
    else if (dialect.nestedComments && sql.startsWith('/*', end)) depth++;
    else {
      end++;
      continue;
    }
    end += 2;
  }
  return end;
}

function tokenAt(sql: string, at: number, dialect: SqlDialect): [SqlToken, number] {
  const char = sql[at] ?? '';
  if (char === "'") return quoted(sql, at, 'value', dialect.backslashEscapes);
  if (char === '"') return quoted(sql, at, 'name', dialect.backslashEscapes);
  if (char === '`') return quoted(sql, at, 'name', false);
  const dollar = match(DOLLAR_QUOTE, sql, at);
  if (dollar) return dollarQuoted(sql, at, dollar);
  const value = match(PLACEHOLDER, sql, at) ?? match(NUMBER, sql, at);
  if (value) return [{ kind: 'value', text: value }, at + value.length];
  const word = match(WORD, sql, at);
  if (word) return wordOrPrefixedString(sql, at, word);
  return [{ kind: 'symbol', text: char }, at + 1];
}

/** `E'…'` takes backslash escapes on PostgreSQL; the other prefixes (`N'…'`, `x'…'`) read as word and string. */
function wordOrPrefixedString(sql: string, at: number, word: string): [SqlToken, number] {
  const lower = word.toLowerCase();
  if (lower === 'e' && sql[at + 1] === "'") return quoted(sql, at + 1, 'value', true);
  return [{ kind: 'word', text: lower }, at + word.length];
}

function quoted(sql: string, at: number, kind: 'name' | 'value', escapes: boolean): [SqlToken, number] {
  const quote = sql[at];
  let end = at + 1;
  while (end < sql.length) {
    if (escapes && sql[end] === '\\') end += 2;
    else if (sql[end] !== quote) end++;
    else if (sql[end + 1] === quote) end += 2;
    else break;
  }
  const text = sql.slice(at + 1, end).replaceAll(`${quote}${quote}`, `${quote}`);
  return [{ kind, text }, end + 1];
}

function dollarQuoted(sql: string, at: number, tag: string): [SqlToken, number] {
  const end = sql.indexOf(tag, at + tag.length);
  return [{ kind: 'value', text: tag }, end < 0 ? sql.length : end + tag.length];
}

function match(pattern: RegExp, sql: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(sql)?.[0];
}
