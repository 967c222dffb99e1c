import { fieldsOf, integerOf } from './bson-fields.ts';

/** What a reply tells of a command's outcome. */
export interface ReplyFacts {
  readonly rows?: number;
  /** Of a cursor that has more rows on the server. */
  readonly cursor?: string;
  /** Of a write that the server took apart: the first error of those that it reports. */
  readonly error?: unknown;
  /** The time that a member of a replica set gives to what it has done. */
  readonly operationTime?: bigint;
}

/** Reads a reply of the server; what it does not know is left out. */
export function readReply(reply: unknown): ReplyFacts {
  const { cursor, n, values, writeErrors, lastErrorObject, operationTime: time } = fieldsOf(reply);
  const rows =
    cursorRows(cursor) ??
    countOf(n) ??
    (Array.isArray(values) ? values.length : countOf(fieldsOf(lastErrorObject)['n']));
  const open = cursorId(fieldsOf(cursor)['id']);
  const error: unknown = Array.isArray(writeErrors) ? writeErrors[0] : undefined;
  const operationTime = integerOf(time);
  return {
    ...(rows !== undefined && { rows }),
    ...(operationTime !== undefined && { operationTime }),
    ...(open !== undefined && { cursor: open }),
    ...(error !== undefined && { error }),
  };
}

/** A cursor's id as text; undefined for 0, which means that it is exhausted. */
export function cursorId(id: unknown): string | undefined {
  const integer = integerOf(id);
  return integer === undefined || integer === 0n ? undefined : String(integer);
}

function cursorRows(cursor: unknown): number | undefined {
  const { firstBatch, nextBatch } = fieldsOf(cursor);
  const batch: unknown = firstBatch ?? nextBatch;
  return Array.isArray(batch) ? batch.length : undefined;
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
