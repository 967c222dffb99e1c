/** Functions of SQL whose result depends on their arguments alone. */
const PURE_FUNCTIONS = new Set(
  `abs any array avg cast ceil ceiling char char_length coalesce concat concat_ws count cume_dist dense_rank exists floor
  greatest group_concat ifnull iif instr json_array json_array_length json_contains json_each json_extract json_object
  json_overlaps json_quote json_type json_unquote json_valid jsonb_array_elements jsonb_array_length
  jsonb_extract_path jsonb_extract_path_text jsonb_path_exists jsonb_typeof least left length lower lpad ltrim max min mod
  nullif octet_length position power rank replace reverse right round row_number rpad rtrim sign some sqrt string_agg
  substr substring sum trim unnest upper`.split(/\s+/),
);

/** What may stand before a parenthesis and is no function. */
const KEYWORDS = new Set(
  `all and as between by case distinct else end except filter from group having in intersect is join lateral like ilike
  limit not offset on or order over partition row rows select then union using values varchar decimal numeric when where
  with within char`.split(/\s+/),
);

/** Values that need no parentheses, `@user` and `@@server` variables; not PostgreSQL's `<@`. */
const VOLATILE_WORD =
  /\b(?:current_\w+|localtime|localtimestamp|utc_\w+|user|session_user|system_user|sysdate|next\s+value)\b|(?<!<)@\s*[\w@]/i;

/** Comments, backslashes and dollar quotes, where literals cannot be told from code without knowing the database. */
const HARD_TO_READ = /\\|--|\/\*|#(?![>-])|\$[a-z_]*\$/i;

/** PostgreSQL reads these as the time of the statement where a date is expected, or a list or a range of them. */
const VOLATILE_VALUE = /^\s*(?:[[({].*\b)?(?:now|today|tomorrow|yesterday)\b/is;

/**
 * Whether a read gives the same rows each time as long as no row is written: it calls no function but those known to be
 * pure, or declared to be. A read that is not (`now()`, `random()`, a function of the user's) is never cached. Its values
 * have a say, too: {@link areRepeatable}.
 */
export function isRepeatable(sql: string, alsoPure: ReadonlySet<string> = new Set()): boolean {
  if (HARD_TO_READ.test(sql)) return false;
  const code = withoutQuoted(sql);
  if (VOLATILE_WORD.test(code)) return false;
  return [...code.matchAll(/([\p{L}_][\p{L}\p{N}_$.]*)\s*\(/gu)].every(([, name = '']) => {
    const called = name.toLowerCase();
    return isPure(called) || alsoPure.has(called);
  });
}

/** Whether no value stands for the time of the statement. */
export function areRepeatable(params: readonly unknown[]): boolean {
  return !params.flat(2).some(isVolatileValue);
}

function isPure(name: string): boolean {
  return PURE_FUNCTIONS.has(name) || KEYWORDS.has(name);
}

function isVolatileValue(param: unknown): boolean {
  return typeof param === 'string' && VOLATILE_VALUE.test(param);
}

/** A quoted name before a parenthesis is a function too, so names leave their text behind; literals leave nothing. */
function withoutQuoted(sql: string): string {
  return sql.replaceAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`/g, quoted => {
    if (!quoted.startsWith("'")) return ' _q_ ';
    return VOLATILE_VALUE.test(quoted.slice(1)) ? ' current_time ' : ' ';
  });
}
