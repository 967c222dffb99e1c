import { bson, callForDocument } from './backend.ts';
import { asNumber, type Document, encode } from './bson.ts';
import type { CommandContext, Handler } from './command-context.ts';
import { codeOfWriteError, codes, Failure } from './failure.ts';
import { isInTransaction, transactionId } from './transactions.ts';

/** Commands that write. Only the primary answers them. */
export const writeCommands: Record<string, Handler> = {
  insert: context => write(context, 'insert'),
  update: context => write(context, 'update'),
  delete: context => write(context, 'delete'),
  findAndModify: ({ on, db, spec, command }) =>
    callForDocument(
      on,
      `documentdb_api.find_and_modify($1, ${bson(2)}, $3)`,
      [db, encode(spec), retryId(command)],
      'p_result',
    ),
  create,
  createIndexes: context => context.inTurn(() => createIndexes(context)),
  dropIndexes: ({ on, db, spec }) => dropIndexes(on, db, spec),
  drop,
  async dropDatabase({ on, db }) {
    await on.query('select documentdb_api.drop_database($1)', [db]);
    return { dropped: db, ok: 1 };
  },
  async renameCollection({ on, spec }) {
    await on.query(`select documentdb_api.rename_collection(${bson(1)})`, [encode(spec)]);
    return { ok: 1 };
  },
};

/** DocumentDB remembers the result of a write that a driver may send twice. */
function retryId(command: Document): string | undefined {
  return isInTransaction(command) ? undefined : transactionId(command);
}

async function write(
  { on, db, spec, command }: CommandContext,
  name: 'insert' | 'update' | 'delete',
): Promise<Document> {
  const reply = await callForDocument(
    on,
    `documentdb_api.${name}($1, ${bson(2)}, null, $3)`,
    [db, encode(spec), retryId(command)],
    'p_result',
  );
  const errors: Document[] = reply['writeErrors'] ?? [];
  const [first] = errors;
  if (first && isInTransaction(command)) {
    throw new Failure([codeOfWriteError(asNumber(first['code'])), 'WriteError'], String(first['errmsg']));
  }
  for (const error of errors) error['code'] = codeOfWriteError(asNumber(error['code']));
  return reply;
}

async function create({ on, db, spec }: CommandContext): Promise<Document> {
  if (spec['viewOn']) {
    return callForDocument(on, `documentdb_api.create_collection_view($1, ${bson(2)})`, [db, encode(spec)]);
  }
  await on.query('select documentdb_api.create_collection($1, $2)', [db, spec['create']]);
  return { ok: 1 };
}

/** DocumentDB builds indexes in the background, every two seconds; this function of its own tests builds them now. */
async function createIndexes({ on, db, spec }: CommandContext): Promise<Document> {
  const call = `documentdb_api_internal.create_indexes_non_concurrently($1, ${bson(2)}, true)`;
  const reply = await callForDocument(on, call, [db, encode(spec)]);
  return reply['raw']?.defaultShard ?? reply;
}

async function dropIndexes(on: CommandContext['on'], db: string, spec: Document): Promise<Document> {
  await on.query(`call documentdb_api.drop_indexes($1, ${bson(2)}, null)`, [db, encode(spec)]);
  return { ok: 1 };
}

async function drop({ on, db, spec }: CommandContext): Promise<Document> {
  const { rows } = await on.query<{ dropped: boolean }>('select documentdb_api.drop_collection($1, $2) as dropped', [
    db,
    spec['drop'],
  ]);
  if (!rows[0]?.dropped) throw new Failure(codes.namespaceNotFound, 'ns not found');
  return { ok: 1 };
}
