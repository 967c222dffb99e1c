import { tracingChannel } from 'node:diagnostics_channel';

/** What a MySQL or MariaDB server said of its session in a reply (`stateChanges` of mysql2). */
export interface StateChanges {
  /** Global transaction ids of what the statement committed, with `session_track_gtids` on MySQL. */
  readonly gtids: readonly string[];
  /** The tracked system variables that changed, such as MariaDB's `last_gtid`. */
  readonly systemVariables: Readonly<Record<string, string>>;
}

const REPLY = Symbol('mikro-kit: where the changes of this query are put');

/** A query that mysql2 reports on its channel; the same object from start to end. */
interface TracedQuery {
  readonly result?: unknown;
  [REPLY]?: Reply;
}

/** Where the changes that one statement brings are put. */
interface Reply {
  changes: StateChanges | undefined;
}

let awaited: Reply | undefined;
let isListening = false;

/**
 * Has {@link sendTracked} see what servers say. Costs each query of the process through mysql2 about a microsecond, so
 * it is left until somebody wants it.
 */
export function trackStateChanges(): void {
  if (isListening) return;
  isListening = true;
  // Not all of its five channels, because each that is listened to costs.
  const { start, asyncStart } = tracingChannel('mysql2:query');
  start.subscribe(query => {
    if (awaited && isTraced(query)) query[REPLY] = awaited;
  });
  asyncStart.subscribe(query => {
    if (isTraced(query) && query[REPLY]) query[REPLY].changes = changesIn(query.result);
  });
}

function isTraced(message: unknown): message is TracedQuery {
  return typeof message === 'object' && message !== null;
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
  if (isHeader(result)) return stateChangesOf(result);
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
function headersIn(result: unknown): readonly object[] {
  if (!Array.isArray(result)) return [];
  return Array.isArray(result[0]) || isHeader(result[0]) ? result.filter(isHeader) : [];
}

function isHeader(value: unknown): value is object {
  return typeof value === 'object' && value?.constructor.name === 'ResultSetHeader';
}

function stateChangesOf(header: object): StateChanges | undefined {
  const changes: unknown = Reflect.get(header, 'stateChanges');
  return isStateChanges(changes) ? changes : undefined;
}

function isStateChanges(value: unknown): value is StateChanges {
  return typeof value === 'object' && value !== null && 'gtids' in value && 'systemVariables' in value;
}
