import { identifierOf, type SqlToken } from './sql-tokens.ts';

/** The tables that one statement names, in order of appearance, and whether all of them could be told. */
export interface TableScan {
  readonly tables: readonly string[];
  readonly complete: boolean;
}

/** One level of parentheses, or the statement itself. */
interface Frame {
  /** It holds a query, so its `from` is a table clause and not that of `extract(year from x)`. */
  query: boolean;
  /** The scan stands between `from` and the next clause: a comma starts another table. */
  from: boolean;
  /** The scan stands between `with` and the verb of the query. */
  with: boolean;
  recursive: boolean;
  /** Common table expressions declared on this level, which hide tables of their name here and further in. */
  readonly commonTables: Set<string>;
  /** The one whose definition is being scanned: inside it, unless recursive, its name is the table that it hides. */
  defining: string | undefined;
}

const VERBS = words('select insert update delete replace merge values truncate');
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
  readonly #frames: Frame[] = [newFrame({ query: false, from: false })];
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
    if (frame.with && this.#startsDefinition(at)) this.#define(identifierOf(token), frame);
    else if (token.kind === 'symbol') this.#symbol(at, token.text, frame);
    else if (token.kind === 'word') this.#word(at, token.text, frame);
  }

  #symbol(at: number, symbol: string, frame: Frame): void {
    if (symbol === '(') this.#open(at, frame);
    else if (symbol === ')') this.#close();
    else if (symbol === ',' && frame.from) this.#reference(at + 1);
  }

  #open(at: number, outer: Frame): void {
    const joined = outer.from && this.#isReferencePlace(at) && !this.#startsQuery(at + 1);
    this.#frames.push(newFrame({ query: joined, from: joined }));
    if (joined) this.#reference(at + 1);
  }

  #close(): void {
    if (this.#frames.length > 1) this.#frames.pop();
    else this.#complete = false;
  }

  #word(at: number, word: string, frame: Frame): void {
    if (this.#isColumn(at)) return;
    if (word === 'with') frame.with ||= this.#startsDefinition(at + 1) || this.#keyword(at + 1) === 'recursive';
    else if (word === 'recursive' && frame.with) frame.recursive = true;
    else if (VERBS.has(word) && this.#isVerb(at, frame)) this.#verb(at, word, frame);
    else if (word === 'from' && frame.query && !this.#isDistinctFrom(at)) this.#enterFrom(at, frame);
    else if (word === 'join' || word === 'straight_join' || word === 'table') this.#reference(at + 1);
    else if (word === 'into') this.#reference(at + 1, { columnsFollow: true });
    else if (word === 'using' && frame.query && this.#text(at + 1) !== '(') this.#enterFrom(at, frame);
    else if (CLAUSES.has(word)) frame.from = false;
  }

  #verb(at: number, word: string, frame: Frame): void {
    frame.query = true;
    frame.with = false;
    frame.defining = undefined;
    if (word === 'update' || word === 'truncate') this.#enterFrom(at, frame);
    else frame.from = false;
  }

  #enterFrom(at: number, frame: Frame): void {
    frame.from = true;
    this.#reference(at + 1);
  }

  /** `name as (…)`, `name as [not] materialized (…)` or either with `(columns)` behind the name. */
  #startsDefinition(at: number): boolean {
    const kind = this.#tokens[at]?.kind;
    if (kind !== 'word' && kind !== 'name') return false;
    let next = this.#text(at + 1) === '(' ? this.#groupEnd(at + 1) : at + 1;
    if (this.#keyword(next) !== 'as') return false;
    while (['as', 'not', 'materialized'].includes(this.#keyword(next))) next++;
    return this.#text(next) === '(';
  }

  #groupEnd(at: number): number {
    let depth = 0;
    for (let next = at; next < this.#tokens.length; next++) {
      const text = this.#text(next);
      if (text === '(') depth++;
      else if (text === ')' && --depth === 0) return next + 1;
    }
    return this.#tokens.length;
  }

  #define(name: string, frame: Frame): void {
    frame.commonTables.add(name);
    frame.defining = name;
  }

  /** A table name at `at`; a parenthesis there is met again by the scan. */
  #reference(at: number, { columnsFollow = false } = {}): void {
    const token = this.#tokens[at];
    if (token?.text === '(' || this.#startsQuery(at)) return;
    if (REF_PREFIXES.has(this.#keyword(at))) return this.#reference(at + 1, { columnsFollow });
    // SQLite: `update or ignore a`.
    if (this.#keyword(at) === 'or') return this.#reference(at + 2);
    if (token?.kind !== 'word' && token?.kind !== 'name') return void (this.#complete = false);
    const { name, end } = this.#qualifiedName(at);
    const call = this.#text(end) === '(' && !columnsFollow;
    if (call) this.#complete &&= PURE_TABLE_FUNCTIONS.has(token.text);
    else if (this.#keyword(at) === 'rows' && this.#keyword(end) === 'from') this.#complete = false;
    else if (name !== 'dual' && !this.#isCommonTable(name)) this.#tables.add(name);
  }

  /** The last two parts of `database.schema.table`. */
  #qualifiedName(at: number): { readonly name: string; readonly end: number } {
    const parts = [this.#identifier(at)];
    let end = at + 1;
    for (; this.#text(end) === '.'; end += 2) parts.push(this.#identifier(end + 1));
    return { name: parts.slice(-2).join('.'), end };
  }

  #isCommonTable(name: string): boolean {
    return this.#frames.some(
      ({ commonTables, recursive, defining }) => commonTables.has(name) && (recursive || defining !== name),
    );
  }

  /** Whether a parenthesis at `at` stands where a table could. */
  #isReferencePlace(at: number): boolean {
    let before = at - 1;
    while (REF_PREFIXES.has(this.#keyword(before))) before--;
    const text = this.#text(before);
    if (this.#keyword(before) === 'using') return before < at - 1; // `join b using (id)` names columns
    return text === ',' || text === '(' || ['from', 'join', 'update'].includes(this.#keyword(before));
  }

  #startsQuery(at: number): boolean {
    return ['select', 'with', 'values'].includes(this.#keyword(at));
  }

  #isDistinctFrom(at: number): boolean {
    return this.#keyword(at - 1) === 'distinct' && ['is', 'not'].includes(this.#keyword(at - 2));
  }

  /** At the start of its level, or behind `with …`; but `replace(…)` and `truncate(…)` are functions. */
  #isVerb(at: number, frame: Frame): boolean {
    const call = this.#text(at + 1) === '(' && !this.#startsQuery(at);
    if (frame.query || call) return frame.with && !call;
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

  /** A bare word; an identifier in quotes is none. */
  #keyword(at: number): string {
    const token = this.#tokens[at];
    return token?.kind === 'word' ? token.text : '';
  }

  #text(at: number): string {
    return this.#tokens[at]?.text ?? '';
  }
}

function newFrame({ query, from }: Pick<Frame, 'query' | 'from'>): Frame {
  return { query, from, with: false, recursive: false, commonTables: new Set(), defining: undefined };
}
