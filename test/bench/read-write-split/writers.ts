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
  const { orm, insert } = await open(where, []);
  return { orm, write: () => () => RequestContext.create(orm.em, insert) };
}

/** With the split; each request asks for the token of its write. */
export async function openTokenWriter(where: SqlOptions): Promise<Writer> {
  const { orm, insert } = await open(where, [readWriteSplit()]);
  const split = getReadWriteSplit(orm);
  const insertAndAsk = async (): Promise<unknown> => {
    await insert();
    return split.token();
  };
  return { orm, write: () => () => RequestContext.create(orm.em, insertAndAsk) };
}

/** Notes of its own: an entity that two ORMs shared would carry the metadata of the later one. */
async function open(where: SqlOptions, extensions: NonNullable<Options['extensions']>) {
  const Note = defineEntity({ name: 'Note', properties: { id: p.integer().primary(), text: p.string() } });
  const orm = await MikroORM.init({ entities: [Note], extensions, ...where });
  await orm.schema.update();
  return { orm, insert: (): Promise<unknown> => orm.em.insert(Note, { text: 'a note' }) };
}
