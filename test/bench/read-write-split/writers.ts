import { getReadWriteSplit, readWriteSplit } from '@mikro-kit/read-write-split';
import { RequestContext } from '@mikro-orm/core';
import { defineEntity, MikroORM, p, type Options } from '@mikro-orm/mysql';

import type { SqlOptions } from '../../servers/sql-options.ts';
import type { Variant } from '../bench.ts';

/** An ORM that inserts a row in a request of its own. */
export interface Writer {
  readonly orm: MikroORM;
  readonly write: Variant;
}

/** Without the split. */
export async function openPlainWriter(where: SqlOptions): Promise<Writer> {
  const { orm, insert } = await open(where);
  return { orm, write: () => () => RequestContext.create(orm.em, insert) };
}

/** Without the split, but with the server telling the id of each commit, as it does for the split. */
export async function openTrackedWriter(where: SqlOptions): Promise<Writer> {
  const { orm, insert } = await open({ ...where, onCreateConnection: trackGtids });
  return { orm, write: () => () => RequestContext.create(orm.em, insert) };
}

/** With the split; each request asks for the token of its write. */
export async function openTokenWriter(where: SqlOptions): Promise<Writer> {
  const { orm, insert } = await open({ ...where, extensions: [readWriteSplit()] });
  const split = getReadWriteSplit(orm);
  const insertAndAsk = async (): Promise<unknown> => {
    await insert();
    return split.token();
  };
  return { orm, write: () => () => RequestContext.create(orm.em, insertAndAsk) };
}

/** Notes of its own: an entity that two ORMs shared would carry the metadata of the later one. */
async function open(options: Options) {
  const Note = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.string() } });
  const orm = await MikroORM.init({ entities: [Note], ...options });
  await orm.schema.update();
  return { orm, insert: (): Promise<unknown> => orm.em.insert(Note, { text: 'a note' }) };
}

async function trackGtids(connection: unknown): Promise<void> {
  if (!isKyselyConnection(connection)) throw new TypeError('The host gives another kind of connection.');
  await connection.executeQuery({ sql: "set session session_track_gtids = 'OWN_GTID'", parameters: [] });
}

interface KyselyConnection {
  executeQuery(query: { sql: string; parameters: readonly unknown[] }): Promise<unknown>;
}

function isKyselyConnection(value: unknown): value is KyselyConnection {
  return typeof value === 'object' && value !== null && 'executeQuery' in value;
}
