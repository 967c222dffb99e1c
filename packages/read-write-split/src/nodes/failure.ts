/**
 * What a driver's error says about the node that gave it.
 *
 * - `refused`: nobody listens there
 * - `lost`: the connection broke, or could not be made in time
 * - `starting`: a server that starts, stops or recovers
 * - `dns`: its name could not be resolved
 * - `denied`: it does not take the account, the database or the encryption; said when a connection is made, but some of
 *   the codes also of statements, so a probe has to confirm it
 * - `exhausted`: no connection was free, in the pool or on the server; the node itself is well
 * - `ailing`: it lacks memory, disk or an intact file for this statement, which another node may have; or the statement
 *   wants too much, and fails on all
 * - `behind`: it does not know a table, a column or the like, which a replica may not have replayed yet
 * - `conflict`: replay on a standby cancelled the query; the node itself is well
 * - `read only`: it refused, before running it, what only a primary may do; the node itself is well
 */
export type Failure =
  | 'refused'
  | 'lost'
  | 'starting'
  | 'dns'
  | 'denied'
  | 'exhausted'
  | 'ailing'
  | 'behind'
  | 'conflict'
  | 'read only';

/** SQLSTATEs of PostgreSQL, codes of MySQL, MariaDB and mysql2, and of Node's sockets. */
const BY_CODE: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'lost',
  ECONNABORTED: 'lost',
  EPIPE: 'lost',
  ETIMEDOUT: 'lost',
  EHOSTUNREACH: 'lost',
  EHOSTDOWN: 'lost',
  ENETUNREACH: 'lost',
  ENETDOWN: 'lost',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  '57P01': 'lost', // admin_shutdown, also pg_terminate_backend
  '57P02': 'lost', // crash_shutdown
  '57P05': 'lost', // idle_session_timeout
  '57P03': 'starting', // cannot_connect_now
  '28000': 'denied', // invalid_authorization_specification, also of pg_hba.conf
  '28P01': 'denied', // invalid_password
  '3D000': 'denied', // invalid_catalog_name
  ER_ACCESS_DENIED_ERROR: 'denied',
  ER_DBACCESS_DENIED_ERROR: 'denied',
  ER_BAD_DB_ERROR: 'denied',
  ER_HOST_IS_BLOCKED: 'denied',
  ER_HOST_NOT_PRIVILEGED: 'denied',
  ER_ACCOUNT_HAS_BEEN_LOCKED: 'denied',
  ER_SERVER_OFFLINE_MODE: 'denied', // taken out by its operator, for all but administrators
  ER_SECURE_TRANSPORT_REQUIRED: 'denied',
  ER_NOT_SUPPORTED_AUTH_MODE: 'denied',
  ER_MUST_CHANGE_PASSWORD_LOGIN: 'denied',
  AUTH_SWITCH_PLUGIN_ERROR: 'denied',
  HANDSHAKE_NO_SSL_SUPPORT: 'denied',
  HANDSHAKE_SSL_ERROR: 'denied',
  CERT_HAS_EXPIRED: 'denied',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'denied',
  SELF_SIGNED_CERT_IN_CHAIN: 'denied',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'denied',
  ERR_TLS_CERT_ALTNAME_INVALID: 'denied',
  '53300': 'exhausted', // too_many_connections
  '53000': 'ailing', // insufficient_resources
  '53100': 'ailing', // disk_full
  '53200': 'ailing', // out_of_memory
  '53400': 'ailing', // configuration_limit_exceeded, such as temp_file_limit
  '58000': 'ailing', // system_error
  '58030': 'ailing', // io_error
  '58P01': 'ailing', // undefined_file
  '42P01': 'behind', // undefined_table
  '42703': 'behind', // undefined_column
  '42883': 'behind', // undefined_function
  '42704': 'behind', // undefined_object, such as a type
  '3F000': 'behind', // invalid_schema_name
  XX001: 'ailing', // data_corrupted
  XX002: 'ailing', // index_corrupted
  '25006': 'read only', // read_only_sql_transaction
  PROTOCOL_CONNECTION_LOST: 'lost',
  PROTOCOL_ENQUEUE_AFTER_FATAL_ERROR: 'lost',
  ER_SERVER_SHUTDOWN: 'lost',
  ER_NORMAL_SHUTDOWN: 'lost',
  ER_CONNECTION_KILLED: 'lost',
  ER_CON_COUNT_ERROR: 'exhausted',
  ER_TOO_MANY_USER_CONNECTIONS: 'exhausted',
  ER_USER_LIMIT_REACHED: 'exhausted',
  ER_CANT_CREATE_THREAD: 'exhausted',
  ER_HANDSHAKE_ERROR: 'lost',
  ER_ABORTING_CONNECTION: 'lost',
  ER_NEW_ABORTING_CONNECTION: 'lost',
  ER_NET_PACKETS_OUT_OF_ORDER: 'lost',
  ER_NET_READ_ERROR: 'lost',
  ER_NET_READ_INTERRUPTED: 'lost',
  ER_NET_ERROR_ON_WRITE: 'lost',
  ER_NET_WRITE_INTERRUPTED: 'lost',
  ER_NO_SUCH_TABLE: 'behind',
  ER_BAD_FIELD_ERROR: 'behind',
  ER_SP_DOES_NOT_EXIST: 'behind',
  ER_DISK_FULL: 'ailing',
  ER_RECORD_FILE_FULL: 'ailing', // also of temporary tables
  ER_ERROR_ON_READ: 'ailing',
  ER_ERROR_ON_WRITE: 'ailing',
  ER_GET_ERRNO: 'ailing',
  ER_CANT_OPEN_FILE: 'ailing',
  ER_FILE_NOT_FOUND: 'ailing',
  ER_NOT_KEYFILE: 'ailing',
  ER_CRASHED_ON_USAGE: 'ailing',
  ER_TABLESPACE_MISSING: 'ailing',
  ER_OUTOFMEMORY: 'ailing',
  ER_OUT_OF_SORTMEMORY: 'ailing',
  ER_OUT_OF_RESOURCES: 'ailing',
  ER_READ_ONLY_MODE: 'read only',
};

/** SQLite's, and their extended ones: of a file that is locked, gone, damaged, or on a disk that fails. */
const OF_SQLITE_FILES = /^SQLITE_(BUSY|LOCKED|PROTOCOL|CANTOPEN|PERM|CORRUPT|NOTADB|IOERR|FULL|NOMEM)/;

/** Codes that mean one thing or another. */
const BY_CODE_AND_TEXT: Readonly<Record<string, readonly [RegExp, Failure]>> = {
  // Of a Unix socket whose server is gone, not of a file that the application reads.
  ENOENT: [/^connect /, 'refused'],
  EACCES: [/^connect /, 'denied'],
  EMFILE: [/^connect /, 'exhausted'],
  EADDRNOTAVAIL: [/^connect /, 'exhausted'],
  '40001': [/conflict with recovery/, 'conflict'],
  '40P01': [/conflict with recovery/, 'conflict'],
  '57P04': [/conflict with recovery/, 'conflict'],
  // Unlogged tables, the serializable level, functions about the log being written.
  '0A000': [/during recovery|hot standby/, 'read only'],
  '55000': [/recovery is in progress/, 'read only'],
  ER_OPTION_PREVENTS_STATEMENT: [/read[-_]only/i, 'read only'],
};

/** Numbers for which mysql2 has no name, or another product's. */
const BY_NUMBER: Readonly<Record<number, Failure>> = {
  1927: 'lost', // MariaDB's ER_CONNECTION_KILLED
  4031: 'lost', // ER_CLIENT_INTERACTION_TIMEOUT: the server closed an idle connection
  2006: 'lost',
  2013: 'lost',
};

/** Errors without a code; the texts are those of pg 8, pg-pool 3 and mysql2 3. */
const BY_TEXT: ReadonlyArray<readonly [RegExp, Failure]> = [
  [/^timeout exceeded when trying to connect$/, 'exhausted'],
  [/^(No connections available|Queue limit reached)\.$/, 'exhausted'],
  [/^Connection terminated/, 'lost'],
  [/^Client has encountered a connection error/, 'lost'],
  [/^Client was closed and is not queryable/, 'lost'],
  [/^timeout expired$/, 'lost'],
  [/^Can't add new command when connection is in closed state$/, 'lost'],
  // Who listens there speaks another protocol.
  [/^received invalid response: /, 'lost'],
  [/^Cannot open database because the directory does not exist$/, 'ailing'],
  // Our own, when a node is given up while it is asked.
  [/^(Pool is closed\.|Cannot use a pool after calling end on the pool)$/, 'lost'],
  [/^The server does not support SSL connections$/, 'denied'],
  [/^Connection lost: The server closed the connection/, 'lost'],
];

/** What an error says about its node; undefined for one that the statement would meet on every node. */
export function failureOf(error: unknown): Failure | undefined {
  if (!(error instanceof Error)) return undefined;
  const code: unknown = Reflect.get(error, 'code');
  if (typeof code === 'string') {
    const [text, ambiguous] = BY_CODE_AND_TEXT[code] ?? [];
    if (text) return text.test(error.message) ? ambiguous : undefined;
    if (OF_SQLITE_FILES.test(code)) return 'ailing';
    const known = BY_CODE[code] ?? (code.startsWith('08') ? 'lost' : undefined);
    if (known) return known;
  }
  const number: unknown = Reflect.get(error, 'errno');
  if (typeof number === 'number' && BY_NUMBER[number]) return BY_NUMBER[number];
  return BY_TEXT.find(([text]) => text.test(error.message))?.[1];
}

/** The error in a few words that hold no secret: its code, or the failure's name. */
export function sayFailure(error: unknown): string {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  if (typeof code === 'string' && code !== '') return code;
  return failureOf(error) === 'lost' ? 'the connection broke' : (failureOf(error) ?? 'no usable answer');
}
