import { identifierOf, type SqlToken } from './sql-tokens.ts';

/** The tables that one statement names, in order of appearance, and whether all of them could be told. */
export interface TableScan {
  readonly tables: readonly string[];
  readonly complete: boolean;
}

/** One level of parentheses (or the statement itself). */
interface Frame {
  /** It holds a query, so its `from` is a table clause and not that of `extract(year from x)`. */
  query: boolean;
  /** The scan stands between `from` and the next clause: a comma starts another table. */
  from: boolean;
  /** The scan stands between `with` and the statement's own verb: `name as (` defines a query, not a table. */
  with: boolean;
}

const VERBS = words('select insert update delete replace merge values table truncate');
const CLAUSES = words(
  'where group order having limit offset fetch union intersect except set returning window for values select',
);
const REF_PREFIXES = words('only lateral ignore table low_priority quick delayed high_priority');
const PURE_TABLE_FUNCTIONS = words(
  'json_each json_tree json_table generate_series unnest jsonb_array_elements jsonb_each json_array_elements',
);

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '));
}

/**
 * Finds the tables of one statement by its tokens, without parsing it. What it does not understand (a table function,
 * a placeholder for a table) makes the scan incomplete; it never guesses.
 */
export function scanTables(tokens: readonly SqlToken[]): TableScan {
  return new TableScanner(tokens).scan();
}

class TableScanner {
  readonly #tokens: readonly SqlToken[];
  readonly #tables = new Set<string>();
  readonly #commonTables = new Set<string>();
  #defining: string | undefined;
  #recursive = false;
  readonly #frames: Frame[] = [{ query: false, from: false, with: false }];
  #complete = true;

  constructor(tokens: readonly SqlToken[]) {
    this.#tokens = tokens;
  }

  scan(): TableScan {
    for (let at = 0; at < this.#tokens.length; at++) this.#step(at);
    return { tables: [...this.#tables], complete: this.#complete };
  }

  #step(at: number): void {
    const token = this.#tokens[at];
    const frame = this.#frames.at(-1);
    if (!token || !frame) return;
    if (token.kind === 'symbol') this.#symbol(at, token.text, frame);
    else if (token.kind === 'word') this.#word(at, token.text, frame);
    if (frame.with) this.#commonTable(at, token);
  }

  #symbol(at: number, symbol: string, frame: Frame): void {
    if (symbol === '(') this.#open(at, frame);
    else if (symbol === ')') this.#close();
    else if (symbol === ',' && frame.from) this.#reference(at + 1);
  }

  #open(at: number, outer: Frame): void {
    const joined = outer.from && this.#startsReference(at - 1);
    this.#frames.push({ query: joined, from: joined, with: false });
    if (joined && !this.#startsQuery(at + 1)) this.#reference(at + 1);
  }

  #close(): void {
    if (this.#frames.length > 1) this.#frames.pop();
    else this.#complete = false;
  }

  #word(at: number, word: string, frame: Frame): void {
    if (this.#isColumn(at)) return;
    if (word === 'with' && !frame.query) frame.with = true;
    else if (VERBS.has(word) && this.#isVerb(at, frame)) this.#verb(at, word, frame);
    else if (word === 'from' && frame.query && !this.#isDistinctFrom(at)) this.#enterFrom(at, frame);
    else if (word === 'join' || word === 'straight_join') this.#reference(at + 1);
    else if (word === 'into') this.#reference(at + 1, { columnsFollow: true });
    else if (word === 'using' && frame.query && this.#text(at + 1) !== '(') this.#enterFrom(at, frame);
    else if (CLAUSES.has(word)) frame.from = false;
  }

  #verb(at: number, word: string, frame: Frame): void {
    if (frame.with) this.#defining = undefined;
    frame.query = true;
    frame.with = false;
    if (word === 'update' || word === 'truncate' || word === 'table') this.#enterFrom(at, frame);
  }

  #enterFrom(at: number, frame: Frame): void {
    frame.from = true;
    this.#reference(at + 1);
  }

  /** `name as (…)` or `name (columns) as (…)` after `with`, `recursive` or a comma. */
  #commonTable(at: number, token: SqlToken): void {
    if (token.kind !== 'name' && token.kind !== 'word') return;
    if (token.text === 'recursive') this.#recursive = true;
    else if (['with', 'recursive', ','].includes(this.#text(at - 1))) this.#define(identifierOf(token));
  }

  #define(name: string): void {
    this.#commonTables.add(name);
    this.#defining = this.#recursive ? undefined : name;
  }

  /** A table name at `at`; a parenthesis there is met again by the scan. */
  #reference(at: number, { columnsFollow = false } = {}): void {
    const token = this.#tokens[at];
    if (token?.text === '(' || (token && this.#startsQuery(at))) return;
    if (token?.kind === 'word' && REF_PREFIXES.has(token.text)) return this.#reference(at + 1, { columnsFollow });
    if (token?.kind !== 'word' && token?.kind !== 'name') return void (this.#complete = false);
    const parts = [identifierOf(token)];
    let next = at + 1;
    while (this.#text(next) === '.') {
      parts.push(this.#identifier(next + 1));
      next += 2;
    }
    const call = this.#text(next) === '(' && !columnsFollow;
    if (call) this.#complete &&= PURE_TABLE_FUNCTIONS.has(token.text);
    else this.#add(parts.slice(-2).join('.'));
  }

  /** Inside its own definition, unless recursive, the name of a common table expression is the table that it hides. */
  #add(table: string): void {
    const hidden = this.#commonTables.has(table) && table !== this.#defining;
    if (!hidden && table !== 'dual') this.#tables.add(table);
  }

  #startsReference(at: number): boolean {
    const before = this.#text(at);
    return before === 'from' || before === 'join' || before === ',' || before === '(' || before === 'update';
  }

  #startsQuery(at: number): boolean {
    const token = this.#tokens[at];
    return token?.kind === 'word' && (token.text === 'select' || token.text === 'with' || token.text === 'values');
  }

  #isDistinctFrom(at: number): boolean {
    const before = this.#text(at - 2);
    return this.#text(at - 1) === 'distinct' && (before === 'is' || before === 'not');
  }

  /** At the start of its level, or behind `with …`; but `replace(…)` and `truncate(…)` are functions. */
  #isVerb(at: number, frame: Frame): boolean {
    const call = this.#text(at + 1) === '(' && !this.#startsQuery(at);
    if (frame.query || call) return false;
    return frame.with || at === 0 || this.#text(at - 1) === '(';
  }

  /** `t.from`: a keyword used as a name. */
  #isColumn(at: number): boolean {
    return this.#text(at - 1) === '.';
  }

  #identifier(at: number): string {
    const token = this.#tokens[at];
    return token ? identifierOf(token) : '';
  }

  #text(at: number): string {
    return this.#tokens[at]?.text ?? '';
  }
}
