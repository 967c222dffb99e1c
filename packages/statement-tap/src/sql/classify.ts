import type { Statement, StatementKind, TransactionCommand } from '../statement.ts';
import type { SqlDialect } from './sql-dialect.ts';
import { identifierOf, type SqlToken, tokenize } from './sql-tokens.ts';
import { scanTables } from './table-scan.ts';

/** What can be told from a statement's text alone. */
export type Classification = Pick<Statement, 'kind' | 'tables' | 'writes' | 'endsTransaction'> & {
  readonly command?: TransactionCommand;
  /** The savepoint that a `savepoint`, `release` or `rollback to` names. */
  readonly savepoint?: string;
};

const NOTHING: readonly string[] = [];
const WRITES = new Set(['insert', 'update', 'delete', 'replace', 'merge']);
const KIND_BY_VERB: Record<string, StatementKind | undefined> = {
  select: 'read',
  values: 'read',
  table: 'read',
  insert: 'write',
  update: 'write',
  delete: 'write',
  replace: 'write',
  merge: 'write',
  truncate: 'write',
  // What these run cannot be seen, so they may write anything.
  call: 'write',
  do: 'write',
  exec: 'write',
  execute: 'write',
  copy: 'write',
  load: 'write',
  // A block of statements; what begins a transaction is told before.
  begin: 'write',
  create: 'ddl',
  alter: 'ddl',
  drop: 'ddl',
  rename: 'ddl',
  comment: 'ddl',
  grant: 'ddl',
  revoke: 'ddl',
};
const TRANSACTION_BY_VERB: Record<string, TransactionCommand | undefined> = {
  begin: 'begin',
  start: 'begin',
  commit: 'commit',
  end: 'commit',
  rollback: 'rollback',
  abort: 'rollback',
  savepoint: 'savepoint',
  release: 'release',
};
/** Statements about the session or the server that change no row. */
const SESSION = new Set(
  `set reset discard pragma show describe desc use listen unlisten notify attach detach lock unlock kill analyze vacuum
  optimize flush checkpoint reindex deallocate close`.split(/\s+/),
);
/** Those of them that name no table, unless they hold a query or call something. */
const NO_TABLE = new Set('set reset discard pragma show use listen unlisten notify kill deallocate close'.split(' '));
/** What MySQL and MariaDB run inside of a transaction without committing it first; a procedure may do that by itself. */
const KEEPS_TRANSACTION = new Set(
  `select insert update delete replace values table show describe desc use explain do prepare deallocate handler kill load
  get signal resignal`.split(/\s+/),
);
/** Reads of a cursor, whose query was seen elsewhere. */
const CURSOR = new Set(['declare', 'fetch', 'move']);

/** Tells kind and tables of a statement, or of several in one text. Linear in the text; never throws. */
export function classify(sql: string, dialect: SqlDialect): Classification {
  const statements = splitStatements(tokenize(sql, dialect));
  const [first, second] = statements;
  if (!first) return { kind: 'other', tables: NOTHING, writes: NOTHING };
  if (!second) return classifyOne(first, dialect);
  return toldTogether(statements.map(tokens => classifyOne(tokens, dialect)));
}

function splitStatements(tokens: SqlToken[]): SqlToken[][] {
  const statements: SqlToken[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'symbol' && token.text === ';') statements.push([]);
    else statements.at(-1)?.push(token);
  }
  return statements.filter(statement => statement.length > 0);
}

function classifyOne(tokens: readonly SqlToken[], dialect: SqlDialect): Classification {
  const verb = verbOf(tokens);
  const command = TRANSACTION_BY_VERB[verb];
  if (command && isTransaction(verb, tokens)) return transaction(command, tokens);
  const told = classifyWork(verb, tokens);
  return dialect === 'mysql' && commitsOnMySql(verb, tokens) ? { ...told, endsTransaction: true } : told;
}

/** Not `start replica`, nor MariaDB's `begin not atomic …`, a block of statements. */
function isTransaction(verb: string, tokens: readonly SqlToken[]): boolean {
  const [, second, third] = tokens;
  if (verb === 'start') return second?.text === 'transaction';
  return verb !== 'begin' || second?.text !== 'not' || third?.text !== 'atomic';
}

function commitsOnMySql(verb: string, tokens: readonly SqlToken[]): boolean {
  if (verb === 'set') return tokens.some(({ text }) => text.toLowerCase() === 'autocommit');
  return !KEEPS_TRANSACTION.has(verb);
}

function classifyWork(verb: string, tokens: readonly SqlToken[]): Classification {
  if (verb === 'explain' || verb === 'analyze') return explained(tokens);
  const kind = KIND_BY_VERB[verb];
  if (!kind) return unclassified(verb, tokens);
  if (kind === 'ddl') return { kind, tables: 'unknown', writes: 'unknown' };
  return rows(kind, verb, tokens);
}

/** The first keyword, or behind `with …` the one that is not inside parentheses. */
function verbOf(tokens: readonly SqlToken[]): string {
  const first = tokens.find(token => token.text !== '(');
  if (first?.kind !== 'word') return '';
  if (first.text !== 'with') return first.text;
  let depth = 0;
  for (const token of tokens) {
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    else if (depth === 0 && token.kind === 'word' && token.text in KIND_BY_VERB) return token.text;
  }
  return '';
}

function transaction(command: TransactionCommand, tokens: readonly SqlToken[]): Classification {
  const none = { kind: 'transaction', tables: NOTHING, writes: NOTHING } as const;
  const [, named] = tokens.filter(({ kind, text }) => kind !== 'word' || !FILLERS.has(text));
  const savepoint = command === 'savepoint' ? tokens[1] : named;
  if (!savepoint || !SAVEPOINT_COMMANDS.has(command)) return { ...none, command };
  if (command !== 'rollback') return { ...none, command, savepoint: identifierOf(savepoint) };
  const back = tokens.some(({ kind, text }) => kind === 'word' && text === 'to');
  return back ? { ...none, command: 'rollback to', savepoint: identifierOf(savepoint) } : { ...none, command };
}

/** `explain analyze` runs its statement, and so does MariaDB's `analyze`. */
function explained(tokens: readonly SqlToken[]): Classification {
  const runs = tokens.some(token => token.text === 'analyze' || token.text === 'analyse');
  const writes = runs && tokens.some(token => token.kind === 'word' && WRITES.has(token.text));
  return { kind: writes ? 'write' : 'other', tables: 'unknown', writes: writes ? 'unknown' : NOTHING };
}

function unclassified(verb: string, tokens: readonly SqlToken[]): Classification {
  if (CURSOR.has(verb)) return { kind: 'read', tables: 'unknown', writes: NOTHING };
  if (!SESSION.has(verb)) return { kind: 'other', tables: 'unknown', writes: 'unknown' };
  const bare = NO_TABLE.has(verb) && !tokens.some(({ text }) => text === '(' || text === 'from');
  return { kind: 'other', tables: bare ? NOTHING : 'unknown', writes: NOTHING };
}

function rows(kind: StatementKind, verb: string, tokens: readonly SqlToken[]): Classification {
  const { tables, complete } = scanTables(tokens);
  const known = complete && (tables.length > 0 || kind === 'read') ? tables : 'unknown';
  const hidden = kind === 'read' && hidesWrite(tokens);
  if (hidden) return { kind: 'write', tables: known, writes: 'unknown' };
  if (kind === 'read') return { kind, tables: known, writes: NOTHING };
  return { kind, tables: known, writes: writtenTables(verb, tokens, known) };
}

/** A writing common table expression, or `select … into`. */
function hidesWrite(tokens: readonly SqlToken[]): boolean {
  return tokens.some((token, at) => {
    const before = tokens[at - 1]?.text;
    if (token.kind !== 'word' || before === '.') return false;
    if (token.text === 'into') return true;
    // Behind `(`, or behind the common table expressions of its own.
    return WRITES.has(token.text) && (before === '(' || before === ')') && tokens[at + 1]?.text !== '(';
  });
}

/** The target alone where there can be only one; all of its tables where several may be written. */
function writtenTables(verb: string, tokens: readonly SqlToken[], tables: Statement['tables']): Statement['tables'] {
  if (tables === 'unknown' || tokens[0]?.text === 'with' || verb === 'truncate') return tables;
  return hasSeveralTargets(verb, tokens) ? tables : tables.slice(0, 1);
}

/** MySQL's `update a, b set …`, `update a join b set …`, `delete a, b from …` and `delete from a, b using …`. */
function hasSeveralTargets(verb: string, tokens: readonly SqlToken[]): boolean {
  const end = tokens.findIndex(
    ({ kind, text }) => kind === 'word' && (text === 'set' || text === 'using' || text === 'where'),
  );
  const targets = tokens.slice(0, end < 0 ? tokens.length : end).map(token => token.text);
  if (verb === 'update') return targets.includes(',') || targets.includes('join');
  return verb === 'delete' && (targets[1] !== 'from' || targets.includes(','));
}

const FILLERS = new Set(['to', 'savepoint', 'transaction', 'work']);
const SAVEPOINT_COMMANDS: ReadonlySet<TransactionCommand> = new Set(['savepoint', 'release', 'rollback']);

const SEVERITY: readonly StatementKind[] = ['other', 'read', 'transaction', 'write', 'ddl'];

const ENDS: ReadonlySet<TransactionCommand | undefined> = new Set(['begin', 'commit', 'rollback']);

function toldTogether(all: readonly Classification[]): Classification {
  const ends = all.some(({ command, endsTransaction }) => endsTransaction || ENDS.has(command));
  return { ...all.reduce(merge), ...(ends && { endsTransaction: true }) };
}

function merge(a: Classification, b: Classification): Classification {
  const kind = SEVERITY.indexOf(a.kind) >= SEVERITY.indexOf(b.kind) ? a.kind : b.kind;
  return { kind, tables: union(a.tables, b.tables), writes: union(a.writes, b.writes) };
}

function union(a: readonly string[] | 'unknown', b: readonly string[] | 'unknown'): readonly string[] | 'unknown' {
  return a === 'unknown' || b === 'unknown' ? 'unknown' : [...new Set([...a, ...b])];
}
