import type { Statement, StatementKind, TransactionCommand } from '../statement.ts';
import { fieldsOf } from './bson-fields.ts';

/** A command as the driver sends it; the first key is its name. */
export type MongoCommand = Readonly<Record<string, unknown>>;

/** What can be told from a command alone. */
export type CommandKind = Pick<Statement, 'kind' | 'tables' | 'writes'> & { readonly command?: TransactionCommand };

const NOTHING: readonly string[] = [];

const KINDS: Readonly<Record<string, StatementKind | undefined>> = {
  find: 'read',
  aggregate: 'read',
  count: 'read',
  distinct: 'read',
  insert: 'write',
  update: 'write',
  delete: 'write',
  findAndModify: 'write',
  bulkWrite: 'write',
  create: 'ddl',
  createIndexes: 'ddl',
  drop: 'ddl',
  dropIndexes: 'ddl',
  dropDatabase: 'ddl',
  collMod: 'ddl',
  renameCollection: 'ddl',
};
const TRANSACTION: Readonly<Record<string, TransactionCommand | undefined>> = {
  commitTransaction: 'commit',
  abortTransaction: 'rollback',
};
/** Commands about the server or the session, which touch no document. */
const SERVER = new Set(
  `ping hello buildInfo serverStatus hostInfo connectionStatus getParameter replSetGetStatus listCollections listIndexes
  listDatabases getMore dbStats collStats explain currentOp`.split(/\s+/),
);

/** Tells kind and collections of a command. */
export function commandKind(name: string, command: MongoCommand): CommandKind {
  const ends = TRANSACTION[name];
  if (ends) return { kind: 'transaction', command: ends, tables: NOTHING, writes: NOTHING };
  if (SERVER.has(name)) return { kind: 'other', tables: NOTHING, writes: NOTHING };
  // `mapReduce` among others: what it writes is said in ways that are not read here.
  const kind = KINDS[name] ?? 'other';
  const collection = command[name];
  // An aggregation of the whole database names no collection.
  if (name === 'aggregate')
    return aggregateKind(typeof collection === 'string' ? [collection] : [], command['pipeline']);
  if (kind === 'other' || kind === 'ddl' || typeof collection !== 'string') {
    return { kind, tables: 'unknown', writes: 'unknown' };
  }
  return { kind, tables: [collection], writes: kind === 'write' ? [collection] : NOTHING };
}

function aggregateKind(collections: readonly string[], pipeline: unknown): CommandKind {
  const read = new Set(collections);
  const written = new Set<string>();
  const complete = collectCollections(pipeline, read, written);
  const kind = written.size > 0 ? 'write' : 'read';
  if (!complete) return { kind, tables: 'unknown', writes: kind === 'write' ? 'unknown' : NOTHING };
  return { kind, tables: [...new Set([...read, ...written])], writes: [...written] };
}

/** False when a stage names a collection in a way that is not known here. */
function collectCollections(pipeline: unknown, read: Set<string>, written: Set<string>): boolean {
  if (!Array.isArray(pipeline)) return false;
  return pipeline.every(stage => {
    const [[name, argument] = []] = Object.entries(fieldsOf(stage));
    if (name === '$lookup' || name === '$graphLookup') return collectLookup(argument, read, written);
    if (name === '$unionWith') return collectLookup(renamed(argument), read, written);
    if (name === '$facet')
      return Object.values(fieldsOf(argument)).every(part => collectCollections(part, read, written));
    if (name === '$out' || name === '$merge') return addName(name === '$out' ? argument : intoOf(argument), written);
    return true;
  });
}

function collectLookup(argument: unknown, read: Set<string>, written: Set<string>): boolean {
  const { from, pipeline } = fieldsOf(argument);
  const nested = pipeline === undefined || collectCollections(pipeline, read, written);
  return nested && (from === undefined || addName(from, read));
}

/** `$unionWith: 'name'` and `$unionWith: { coll, pipeline }`, in the words of a `$lookup`. */
function renamed(argument: unknown): unknown {
  if (typeof argument === 'string') return { from: argument };
  const { coll, pipeline } = fieldsOf(argument);
  return { from: coll, pipeline };
}

function intoOf(argument: unknown): unknown {
  return typeof argument === 'string' ? argument : fieldsOf(argument)['into'];
}

/** `'name'` or `{ db, coll }`; a collection of another database is told as `db.coll`. */
function addName(target: unknown, names: Set<string>): boolean {
  const { db, coll } = fieldsOf(target);
  if (typeof target === 'string') names.add(target);
  else if (typeof coll === 'string') names.add(typeof db === 'string' ? `${db}.${coll}` : coll);
  else return false;
  return true;
}
