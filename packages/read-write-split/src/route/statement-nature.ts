import { type SqlDialect, type StatementTap, tokenize, type SqlToken } from '@mikro-kit/statement-tap';

/** Whether a replica may run a statement; if not, why. */
export type Nature =
  | { readonly kind: 'read' }
  /** It changes rows or schema. */
  | { readonly kind: 'write' }
  /** A read with effects, or one that only the primary can answer. */
  | { readonly kind: 'side effect'; readonly why: string };

const READ: Nature = { kind: 'read' };
const WRITE: Nature = { kind: 'write' };

/** Functions that write, lock, notify, rule a server, or tell of a session that wrote; each product has some of them. */
const FUNCTIONS = new Set(
  `nextval setval currval lastval set_config pg_notify txid_current pg_current_xact_id pg_export_snapshot
  pg_logical_emit_message pg_switch_wal pg_cancel_backend pg_terminate_backend pg_reload_conf
  pg_rotate_logfile pg_promote pg_wal_replay_pause pg_wal_replay_resume lo_creat lo_create lo_unlink lo_import lo_put lo_truncate
  lo_from_bytea lowrite dblink dblink_exec
  get_lock release_lock release_all_locks is_free_lock is_used_lock last_insert_id row_count found_rows last_value
  next_value last_insert_rowid changes total_changes load_extension`.split(/\s+/),
);
const PREFIXES =
  `pg_advisory_ pg_try_advisory_ pg_stat_reset pg_current_wal_ pg_create_ pg_drop_ pg_copy_ pg_replication_
  pg_logical_slot_get_`.split(/\s+/);
/** Statements that are neither reads nor writes of rows and can be asked of any node. */
const ASKS = new Set(['explain', 'show', 'describe', 'desc', 'pragma']);
const LOCKS = ['update', 'share', 'no key update', 'key share'];

/** How many texts are remembered, none of them longer than that many characters. */
const MAX_TEXTS = 2_000;
const MAX_CHARS = 20_000;

/** Tells reads that a replica may answer from all else, by their text. Remembers the 2,000 texts last met. */
export class StatementNatures {
  readonly #classify: StatementTap['classify'];
  readonly #dialect: SqlDialect;
  readonly #ownFunctions: ReadonlySet<string>;
  readonly #known = new Map<string, Nature>();

  /** @param functions names of the application's functions that are to run on the primary, with or without a schema */
  constructor(classify: StatementTap['classify'], dialect: SqlDialect, functions: readonly string[]) {
    this.#classify = classify;
    this.#dialect = dialect;
    this.#ownFunctions = new Set(functions.map(name => name.toLowerCase()));
  }

  of(text: string): Nature {
    const known = this.#known.get(text);
    if (known) return known;
    return this.#remember(text, this.#find(text));
  }

  /** A replica refused this text, because only a primary can run it, which its text does not show. */
  refused(text: string): void {
    this.#remember(text, sideEffect('a replica refused it'));
  }

  #remember(text: string, nature: Nature): Nature {
    if (text.length > MAX_CHARS) return nature;
    this.#known.set(text, nature);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_TEXTS && oldest !== undefined) this.#known.delete(oldest);
    return nature;
  }

  #find(text: string): Nature {
    const { kind } = this.#classify(text);
    if (kind === 'write' || kind === 'ddl') return WRITE;
    const tokens = tokenize(text, this.#dialect);
    const verb = tokens.find(token => token.text !== '(')?.text ?? '';
    if (kind !== 'read' && !ASKS.has(verb)) return sideEffect(`\`${verb}\` is about a session or a transaction`);
    if (verb === 'declare' || verb === 'fetch' || verb === 'move') return sideEffect('a cursor belongs to its session');
    return lockOf(tokens) ?? this.#callOf(tokens) ?? READ;
  }

  #callOf(tokens: readonly SqlToken[]): Nature | undefined {
    for (const [at, token] of tokens.entries()) {
      if (token.kind !== 'word' && token.kind !== 'name') continue;
      const name = token.text.toLowerCase();
      if ((name === 'next' || name === 'previous') && textAt(tokens, at + 1) === 'value') {
        return sideEffect(`\`${name} value for\` is about a sequence`);
      }
      if (textAt(tokens, at + 1) === '(' && this.#hasEffects(name, tokens, at))
        return sideEffect(`${name}() has effects`);
    }
    return undefined;
  }

  #hasEffects(name: string, tokens: readonly SqlToken[], at: number): boolean {
    if (FUNCTIONS.has(name) || PREFIXES.some(prefix => name.startsWith(prefix))) return true;
    if (this.#ownFunctions.has(name)) return true;
    return textAt(tokens, at - 1) === '.' && this.#ownFunctions.has(`${textAt(tokens, at - 2).toLowerCase()}.${name}`);
  }
}

/** `for update`, `for share` and their like, and MySQL's older `lock in share mode`. */
function lockOf(tokens: readonly SqlToken[]): Nature | undefined {
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== 'word') continue;
    const next = [1, 2, 3].map(distance => textAt(tokens, at + distance)).join(' ');
    if (text === 'for' && LOCKS.some(lock => `${next} `.startsWith(`${lock} `))) return sideEffect('it locks rows');
    if (text === 'lock' && next === 'in share mode') return sideEffect('it locks rows');
  }
  return undefined;
}

function textAt(tokens: readonly SqlToken[], at: number): string {
  return tokens[at]?.text ?? '';
}

function sideEffect(why: string): Nature {
  return { kind: 'side effect', why };
}
