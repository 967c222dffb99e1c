import { rowKey } from '../sql/row-key.ts';
import { bsonTypeOf, hexOf, isDocument } from './bson-values.ts';

/** More documents than that count as the whole collection. */
const MAX_IDS = 100;

/**
 * The values of `_id` that a filter confines itself to: `{ _id: 7 }` or `{ _id: { $in: […] } }`, also inside of `$and`, and
 * whatever else narrows it down. Undefined when there are none, or too many.
 */
export function idsOf(filter: unknown): readonly unknown[] | undefined {
  if (!isDocument(filter)) return undefined;
  const { _id: id, $and: parts } = filter;
  const ids = id === undefined ? undefined : idsIn(id);
  if (ids) return ids.length <= MAX_IDS ? ids : undefined;
  if (!Array.isArray(parts)) return undefined;
  for (const part of parts) {
    const found = idsOf(part);
    if (found) return found;
  }
  return undefined;
}

function idsIn(condition: unknown): readonly unknown[] | undefined {
  if (!isDocument(condition)) return [condition];
  const { $eq: equal, $in: list } = condition;
  if (Array.isArray(list)) return list;
  return equal === undefined ? undefined : [equal];
}

/**
 * The name of a document by its `_id`. Two values that the server could take for equal have one name. Undefined where that
 * cannot be promised.
 */
export function documentKey(id: unknown): string | undefined {
  if (typeof id === 'string') return rowKey('text', id);
  if (typeof id !== 'object' || id === null) return rowKey('integer', id);
  if (id instanceof Uint8Array) return bytesKey(0, id);
  return bsonKey(id);
}

function bsonKey(id: object): string | undefined {
  const type = bsonTypeOf(id);
  const { value, sub_type: kind, buffer, position }: Readonly<Record<string, unknown>> = { ...id };
  if (type === 'ObjectId') return `oid ${hexOf(id)}`;
  if (type === 'Long') return rowKey('integer', integerOf(id));
  if (type === 'Int32' || type === 'Double') return rowKey('integer', value);
  const isBytes = type === 'Binary' && typeof kind === 'number' && typeof position === 'number';
  return isBytes && buffer instanceof Uint8Array ? bytesKey(kind, buffer.subarray(0, position)) : undefined;
}

const MAX_BYTES = 64;

function bytesKey(kind: number, bytes: Uint8Array): string | undefined {
  return bytes.length <= MAX_BYTES ? `bytes ${kind} ${Buffer.from(bytes).toString('hex')}` : undefined;
}

function integerOf(long: object): unknown {
  const toBigInt: unknown = Reflect.get(long, 'toBigInt');
  return typeof toBigInt === 'function' ? Reflect.apply(toBigInt, long, []) : undefined;
}
