import { bson, callForDocument } from './backend.ts';
import { type Document, encode } from './bson.ts';
import type { CommandContext, Handler } from './command-context.ts';
import { codes, Failure } from './failure.ts';

const asDocument =
  (call: string): Handler =>
  ({ on, db, spec }) =>
    callForDocument(on, `documentdb_api.${call}($1, ${bson(2)})`, [db, encode(spec)], 'document');

/** Commands that read. A secondary answers them if the client's read preference allows it. */
export const readCommands: Record<string, Handler> = {
  find: ({ cursors, on, db, spec }) => cursors.first(on, 'find_cursor_first_page', db, spec),
  aggregate,
  listCollections: ({ cursors, on, db, spec }) => cursors.first(on, 'list_collections_cursor_first_page', db, spec),
  listIndexes: ({ cursors, on, db, spec }) => cursors.first(on, 'list_indexes_cursor_first_page', db, spec),
  count: asDocument('count_query'),
  distinct: asDocument('distinct_query'),
  collStats: ({ on, db, spec }) => callForDocument(on, 'documentdb_api.coll_stats($1, $2)', [db, spec['collStats']]),
  dbStats: ({ on, db }) => callForDocument(on, 'documentdb_api.db_stats($1)', [db]),
  explain,
};

function aggregate({ cursors, on, db, spec }: CommandContext): Promise<Document> {
  const [firstStage = {}]: Document[] = spec['pipeline'] ?? [];
  if ('$changeStream' in firstStage) {
    throw new Failure(
      codes.commandNotSupported,
      'change streams need a real mongod: this is DocumentDB behind a test gateway; set TEST_MONGODB_URL',
    );
  }
  return cursors.first(on, 'aggregate_cursor_first_page', db, spec);
}

const explained: Record<string, string> = {
  aggregate: 'bson_aggregation_pipeline',
  count: 'bson_aggregation_count',
  distinct: 'bson_aggregation_distinct',
  find: 'bson_aggregation_find',
};

/** PostgreSQL's plan, which looks nothing like MongoDB's. */
async function explain({ on, db, spec }: CommandContext): Promise<Document> {
  const inner: Document = spec['explain'] ?? {};
  const name = explained[Object.keys(inner)[0] ?? ''];
  if (!name) throw new Failure(codes.commandNotSupported, 'explain knows find, aggregate, count and distinct');
  const sql = `explain (format json) select document from documentdb_api_catalog.${name}($1, ${bson(2)})`;
  const { rows } = await on.query<{ 'QUERY PLAN': Document[] }>(sql, [db, encode(inner)]);
  return { queryPlanner: { postgresql: rows[0]?.['QUERY PLAN'] }, ok: 1 };
}
