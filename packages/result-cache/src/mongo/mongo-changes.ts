import type { ObservedStatement, Statement } from '@mikro-kit/statement-tap';

import {
  bulkDependency,
  rowDependency,
  tableDependency,
  type Dependency,
  type TableDependency,
} from '../dependency.ts';
import { ANY_CHANGE, type TableChange } from '../writes/written-dependencies.ts';
import { isDocument } from './bson-values.ts';
import { documentKey, idsOf } from './document-key.ts';

/**
 * What a command may make stale: the collections that it writes and, of what the host writes by `_id`, the documents. MongoDB
 * changes nothing along with them.
 */
export function mongoChangesOf(statement: Statement | ObservedStatement): TableChange[] {
  const { kind, text, writes } = statement;
  // An index changes what is found only by a hint that named another one, and to change one it has to be dropped.
  if (text.startsWith('createIndexes ')) return [];
  if (writes === 'unknown' || kind === 'ddl') return [ANY_CHANGE];
  return [...new Set(writes.map(tableDependency))].map(table => ({
    table,
    dependencies: [table, ...documentsOf(statement, table)],
  }));
}

function documentsOf({ text, params, writes, unguarded }: Statement, table: TableDependency): Dependency[] {
  // A new document has the `_id` of none that an entry can be about.
  if (text.startsWith('insert') && writes.length === 1) return [];
  const ids = unguarded ? undefined : writtenIds(params[0]);
  const keys = ids?.map(documentKey) ?? [undefined];
  return keys.every(key => key !== undefined) ? keys.map(key => rowDependency(table, key)) : [bulkDependency(table)];
}

/** More documents than that count as the whole collection. */
const MAX_IDS = 100;

/** By the filter that the host gives its connection, or by one for each document of a bulk. */
function writtenIds(where: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(where)) return idsOf(where);
  const ids = where.map(idsOfOne);
  return where.length <= MAX_IDS && ids.every(found => found !== undefined) ? ids.flat() : undefined;
}

/** The host takes what is no document for an `_id`, and inserts where there is no condition. */
function idsOfOne(where: unknown): readonly unknown[] | undefined {
  if (!isDocument(where)) return [where];
  return Object.keys(where).length === 0 ? [] : idsOf(where);
}
