import { tracingChannel } from 'node:diagnostics_channel';

/** What a MySQL or MariaDB server said of its session in a reply (`stateChanges` of mysql2). */
export interface StateChanges {
  /** Global transaction ids of what the statement committed, with `session_track_gtids` on MySQL. */
  readonly gtids: readonly string[];
  /** The tracked system variables that changed, such as MariaDB's `last_gtid`. */
  readonly systemVariables: Readonly<Record<string, string>>;
}

/** A query that mysql2 reports on its channel; the same object from start to end. */
interface TracedQuery {
  readonly result?: unknown;
}

/** Where the changes that one statement brings are put. */
interface Reply {
  changes: StateChanges | undefined;
}

const replies = new WeakMap<object, Reply>();
let awaited: Reply | undefined;
let isListening = false;

/**
 * Has {@link sendTracked} see what servers say. Costs each query of the process through mysql2 about a microsecond, so
 * it is left until somebody wants it.
 */
export function trackStateChanges(): void {
  if (isListening) return;
  isListening = true;
  tracingChannel<object, TracedQuery>('mysql2:query').subscribe({
    start(query) {
      if (awaited) replies.set(query, awaited);
    },
    end: ignore,
    error: ignore,
    asyncStart(query) {
      const reply = replies.get(query);
      if (reply) reply.changes = changesIn(query.result);
    },
    asyncEnd: ignore,
  });
}

/** Sends a statement; the second of the pair holds its changes once the first is there. mysql2 starts a query at once. */
export function sendTracked<T>(send: () => Promise<T>): readonly [sent: Promise<T>, reply: Readonly<Reply>] {
  const outer = awaited;
  const reply: Reply = { changes: undefined };
  awaited = reply;
  try {
    return [send(), reply];
  } finally {
    awaited = outer;
  }
}

/** Of several statements in one text the changes of all: each committed something of its own. */
function changesIn(result: unknown): StateChanges | undefined {
  const found = headersIn(result)
    .map(stateChangesOf)
    .filter(changes => changes !== undefined);
  const [first] = found;
  if (!first || found.length === 1) return first;
  return {
    gtids: found.flatMap(({ gtids }) => gtids),
    systemVariables: Object.assign({}, ...found.map(({ systemVariables }) => systemVariables)),
  };
}

/** The results of several statements are a list of headers and of lists of rows; rows alone have no header. */
function headersIn(result: unknown): readonly unknown[] {
  if (!Array.isArray(result)) return [result];
  return Array.isArray(result[0]) || isHeader(result[0]) ? result.filter(isHeader) : [];
}

function isHeader(value: unknown): value is object {
  return typeof value === 'object' && value?.constructor.name === 'ResultSetHeader';
}

function stateChangesOf(header: unknown): StateChanges | undefined {
  const changes: unknown = isHeader(header) ? Reflect.get(header, 'stateChanges') : undefined;
  return isStateChanges(changes) ? changes : undefined;
}

function isStateChanges(value: unknown): value is StateChanges {
  return typeof value === 'object' && value !== null && 'gtids' in value && 'systemVariables' in value;
}

function ignore(): void {
  // the host hears of it from mysql2
}
