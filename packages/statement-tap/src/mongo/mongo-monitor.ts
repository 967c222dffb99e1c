import type { EntityTables } from '../entity-tables.ts';
import type { Listeners } from '../listeners.ts';
import type { Origins } from '../origin.ts';
import type { PopulatePaths } from '../populate-paths.ts';
import type { ObservedStatement, Statement } from '../statement.ts';
import { commandKind, type MongoCommand } from './command-kind.ts';
import { commandText } from './command-text.ts';
import type { CommandStarted, MongoClient } from './mongo-events.ts';
import { cursorId, readReply, type ReplyFacts } from './mongo-reply.ts';
import type { MongoTransactions } from './mongo-transactions.ts';

/** What the monitor of one client stands on. */
export interface MonitorContext {
  readonly listeners: Listeners;
  readonly origins: Origins;
  readonly entities: EntityTables;
  readonly populatePaths: PopulatePaths;
  readonly transactions: MongoTransactions;
}

/** A command that was sent and not answered. */
interface Sent {
  readonly statement: Statement;
  readonly command: MongoCommand;
  readonly started: number;
  /** Of a `getMore`: the query that it goes on with. */
  readonly continues?: string;
}

/** A query whose cursor is open; told when it is exhausted, fails or is closed. */
interface OpenQuery {
  readonly statement: Statement;
  durationUs: number;
  rows: number;
}

const HANDSHAKE = new Set([
  'hello',
  'isMaster',
  'ismaster',
  'saslStart',
  'saslContinue',
  'authenticate',
  'endSessions',
]);
/** Commands in flight and open cursors that are remembered; the oldest are told as they are beyond it. */
const MAX_REMEMBERED = 10_000;

/** Makes statements of a client's command events. A query and its `getMore`s are one statement. */
export class MongoMonitor {
  readonly #tap: MonitorContext;
  readonly #sent = new Map<number, Sent>();
  readonly #queries = new Map<string, OpenQuery>();
  readonly #secondaries = new Set<string>();

  constructor(tap: MonitorContext) {
    this.#tap = tap;
  }

  watch(client: MongoClient): void {
    client.on('commandStarted', event => this.#started(event));
    client.on('commandSucceeded', ({ requestId, reply }) => this.#ended(requestId, readReply(reply)));
    client.on('commandFailed', ({ requestId, failure }) => this.#ended(requestId, { error: failure }));
    client.on('serverDescriptionChanged', ({ address, newDescription }) => {
      if (newDescription.type === 'RSSecondary') this.#secondaries.add(address);
      else this.#secondaries.delete(address);
    });
  }

  #started({ requestId, address, commandName, command }: CommandStarted): void {
    if (!this.#tap.listeners.any || HANDSHAKE.has(commandName)) return;
    if (commandName === 'killCursors') return this.#closeCursors(command['cursors']);
    const continues = commandName === 'getMore' ? cursorId(command['getMore']) : undefined;
    const statement = this.#queries.get(continues ?? '')?.statement ?? this.#describe(commandName, command, address);
    remember(this.#sent, requestId, {
      statement,
      command,
      started: performance.now(),
      ...(continues !== undefined && { continues }),
    });
  }

  #describe(name: string, command: MongoCommand, address: string): Statement {
    const { fork, context, guarded } = this.#tap.origins.currentCall() ?? {};
    const { kind, command: does, tables, writes } = commandKind(name, command);
    const node = this.#secondaries.has(address) ? address : 'primary';
    const entity = this.#tap.entities.entityOf(tables);
    const populates = this.#tap.populatePaths.current();
    const transaction = this.#tap.transactions.enter(command, node);
    return {
      ...commandText(name, command),
      kind,
      tables,
      writes,
      node,
      ...(does && { command: does }),
      ...(entity !== undefined && { entity }),
      ...(fork !== undefined && { fork }),
      ...(context && { context }),
      ...(populates !== undefined && { populates }),
      ...(transaction && { transaction }),
      ...(!guarded && (writes.length > 0 || does === 'commit') && { unguarded: true }),
    };
  }

  #ended(requestId: number, facts: ReplyFacts): void {
    const sent = this.#sent.get(requestId);
    if (!sent) return;
    this.#sent.delete(requestId);
    const durationUs = (performance.now() - sent.started) * 1_000;
    this.#tap.transactions.leave(sent.command, sent.statement.command, facts.error !== undefined);
    if (sent.continues === undefined) this.#settle(sent.statement, durationUs, facts);
    else this.#continue(sent.continues, durationUs, facts, sent.statement);
  }

  #settle(statement: Statement, durationUs: number, facts: ReplyFacts): void {
    const { cursor, rows = 0 } = facts;
    if (cursor === undefined) this.#tell(statement, durationUs, facts);
    else this.#keepOpen(cursor, { statement, durationUs, rows });
  }

  #continue(cursor: string, durationUs: number, facts: ReplyFacts, statement: Statement): void {
    const query = this.#queries.get(cursor) ?? { statement, durationUs: 0, rows: 0 };
    query.durationUs += durationUs;
    query.rows += facts.rows ?? 0;
    if (facts.cursor !== undefined) return this.#keepOpen(cursor, query);
    this.#queries.delete(cursor);
    this.#tell(query.statement, query.durationUs, { ...facts, rows: query.rows });
  }

  #keepOpen(cursor: string, query: OpenQuery): void {
    const dropped = remember(this.#queries, cursor, query);
    if (dropped) this.#tell(dropped.statement, dropped.durationUs, dropped);
  }

  #closeCursors(cursors: unknown): void {
    for (const id of Array.isArray(cursors) ? cursors : []) {
      const cursor = cursorId(id);
      const query = cursor === undefined ? undefined : this.#queries.get(cursor);
      if (cursor === undefined || !query) continue;
      this.#queries.delete(cursor);
      this.#tell(query.statement, query.durationUs, query);
    }
  }

  #tell(statement: Statement, durationUs: number, { rows, error, operationTime }: ReplyFacts): void {
    const observed: ObservedStatement = {
      ...statement,
      durationUs,
      poolWaitUs: 0,
      ...(rows !== undefined && { rows }),
      ...(error !== undefined && { error }),
      ...(operationTime !== undefined && { operationTime }),
    };
    this.#tap.listeners.tell(observed);
  }
}

/** Adds to a bounded map and gives what fell out of it. */
function remember<K, V>(map: Map<K, V>, key: K, value: V): V | undefined {
  map.set(key, value);
  if (map.size <= MAX_REMEMBERED) return undefined;
  const [[oldest, dropped] = []] = map;
  if (oldest !== undefined) map.delete(oldest);
  return dropped;
}
