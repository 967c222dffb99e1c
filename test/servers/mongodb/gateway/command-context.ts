import type { Backend, Executor } from './backend.ts';
import type { Document } from './bson.ts';
import type { Cursors } from './cursors.ts';
import type { Transactions } from './transactions.ts';

/** What the handlers of one gateway share. */
export interface Gateway {
  backend: Backend;
  cursors: Cursors;
  transactions: Transactions;
  /** Runs one task after the other: DocumentDB cannot create two indexes at once. */
  inTurn<T>(task: () => Promise<T>): Promise<T>;
}

/** One command on its way. */
export interface CommandContext extends Gateway {
  /** As the client sent it. */
  command: Document;
  /** Without what concerns the gateway only: session, time, read preference. */
  spec: Document;
  db: string;
  /** Its transaction's connection, or the pool. */
  on: Executor;
}

/** Answers a command. */
export type Handler = (context: CommandContext) => Promise<Document> | Document;

const forTheGateway = new Set([
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  'txnNumber',
  'autocommit',
  'startTransaction',
  'apiVersion',
  'writeConcern',
  'readConcern',
]);

/** The part of a command that DocumentDB has to know. */
export function specOf(command: Document): Document {
  return Object.fromEntries(Object.entries(command).filter(([name]) => !forTheGateway.has(name)));
}

/** Runs tasks one after the other, also after one has failed. */
export function oneAtATime(): Gateway['inTurn'] {
  let last: Promise<unknown> = Promise.resolve();
  return task => {
    const next = last.then(task, task);
    last = next.catch(() => undefined); // whoever called has it
    return next;
  };
}
