import { bson, type Executor } from './backend.ts';
import { asNumber, decode, type Document, encode } from './bson.ts';
import { codes, Failure } from './failure.ts';

/** Functions of DocumentDB that answer the first page of a cursor. */
export type FirstPage =
  | 'find_cursor_first_page'
  | 'aggregate_cursor_first_page'
  | 'list_collections_cursor_first_page'
  | 'list_indexes_cursor_first_page';

/** The cursors that clients have open. */
export interface Cursors {
  /** Runs a query and keeps what is needed for its next page, if there is one. */
  first(on: Executor, page: FirstPage, db: string, command: Document): Promise<Document>;
  /** The next page. */
  more(on: Executor, command: Document): Promise<Document>;
  /** Forgets cursors. */
  kill(ids: readonly unknown[]): Document;
}

/** DocumentDB keeps the rows in a file of the server; what we keep is where to go on. */
interface OpenCursor {
  db: string;
  continuation: Buffer;
}

interface PageRow {
  page: Buffer;
  continuation: Buffer | null;
}

const columns = 'cursorpage::bytea as page, continuation::bytea as continuation';

/** Keeps the cursors of one gateway. */
export function cursors(): Cursors {
  const open = new Map<string, OpenCursor>();
  const keep = (db: string, [row]: PageRow[]) => {
    const page = row ? decode(row.page) : {};
    const id = String(page['cursor']?.id);
    open.delete(id);
    if (asNumber(page['cursor']?.id) !== 0 && row?.continuation) open.set(id, { db, continuation: row.continuation });
    return page;
  };
  return {
    async first(on, page, db, command) {
      const sql = `select ${columns} from documentdb_api.${page}($1, ${bson(2)})`;
      return keep(db, (await on.query<PageRow>(sql, [db, encode(command)])).rows);
    },
    async more(on, command) {
      const cursor = open.get(String(command['getMore']));
      if (!cursor) throw new Failure(codes.cursorNotFound, `cursor id ${String(command['getMore'])} not found`);
      const sql = `select ${columns} from documentdb_api.cursor_get_more($1, ${bson(2)}, ${bson(3)})`;
      return keep(cursor.db, (await on.query<PageRow>(sql, [cursor.db, encode(command), cursor.continuation])).rows);
    },
    kill(ids) {
      const cursorsKilled = ids.filter(id => open.delete(String(id)));
      const cursorsNotFound = ids.filter(id => !cursorsKilled.includes(id));
      return { cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
    },
  };
}
