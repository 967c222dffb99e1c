import { mongoCommandKind } from '@mikro-kit/statement-tap';

import { bulkDependency, rowDependency, tableDependency, type TableDependency } from '../dependency.ts';
import type { TableGraph } from '../host/table-graph.ts';
import type { DescribedRead, Description } from '../reads/described-read.ts';
import { bsonText } from './bson-text.ts';
import { documentKey, idsOf } from './document-key.ts';
import { isRepeatableCommand } from './repeatable-command.ts';

/** A read as the host's driver hands it to its connection. */
export interface MongoRead {
  readonly method: 'find' | 'aggregate' | 'countDocuments';
  readonly collection: string;
  /** The filter, or the pipeline. */
  readonly query: unknown;
  /** What else changes the result. */
  readonly options: MongoReadOptions;
  /** How the client turns BSON into values. */
  readonly values: unknown;
  readonly inTransaction: boolean;
  /** Of the caller, who does not wait any longer then. */
  readonly signal: AbortSignal | undefined;
}

/** The options of the host's connection that change what is found (MikroORM 7.2). */
export interface MongoReadOptions {
  readonly orderBy?: unknown;
  readonly limit?: unknown;
  readonly offset?: unknown;
  readonly fields?: unknown;
  readonly collation?: unknown;
  readonly indexHint?: unknown;
}

/** Describes a read by what is about to be sent, the one place where everything that changes its result is known. */
export function describeMongoRead(read: MongoRead, graph: TableGraph): Description {
  if (read.inTransaction) return 'transaction';
  const { method, collection, query, options, values } = read;
  if (![query, options.orderBy].every(isRepeatableCommand)) return 'not repeatable';
  const text = bsonText([method, collection, query, Object.values(optionsOf(options)), values]);
  if (text === undefined) return 'no key';
  const named = collectionsOf(read);
  if (named === 'unknown') return 'tables unknown';
  const reads = [...new Set(named.map(tableDependency))].toSorted().map(table => graph.readsOf(table));
  if (!reads.every(found => found !== undefined)) return 'table out of reach';
  const required = [...new Set(reads.flat())];
  const [table, ...others] = required;
  const byId = table && others.length === 0 ? describeById(read, table, text) : undefined;
  return byId ?? { identity: text, required, unlessComplete: [], isComplete: () => true };
}

/** Only a pipeline can name others. */
function collectionsOf({ method, collection, query }: MongoRead): readonly string[] | 'unknown' {
  if (method !== 'aggregate') return [collection];
  return mongoCommandKind('aggregate', { aggregate: collection, pipeline: query }).tables;
}

/** Each in its place. */
function optionsOf({ orderBy, limit, offset, fields, collation, indexHint }: MongoReadOptions): MongoReadOptions {
  return { orderBy, limit, offset, fields, collation, indexHint };
}

/**
 * By `_id`: what was found changes with those documents only, once there is one for each. Under a collation, one value can
 * stand for several documents.
 */
function describeById(read: MongoRead, table: TableDependency, text: string): DescribedRead | undefined {
  if (read.method !== 'find' || read.options.collation) return undefined;
  const ids = new Map(idsOf(read.query)?.map(id => [bsonText(id), documentKey(id)]));
  const keys = [...new Set(ids.values())];
  if (keys.length === 0 || !keys.every(key => key !== undefined)) return undefined;
  return {
    identity: text,
    required: [bulkDependency(table), ...keys.map(key => rowDependency(table, key))],
    unlessComplete: [table],
    isComplete: found => Array.isArray(found) && found.length === ids.size,
  };
}
