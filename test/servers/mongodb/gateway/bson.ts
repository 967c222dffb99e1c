import { deserialize, type Document, serialize } from 'bson';

export type { Document } from 'bson';

/** Numbers keep their BSON type on the way through, so nothing that a client sends or gets changes it. */
export function decode(bytes: Uint8Array): Document {
  return deserialize(bytes, { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true });
}

/** A document as bytes. */
export function encode(document: Document): Buffer {
  return Buffer.from(serialize(document, { ignoreUndefined: true }));
}

/** A BSON number of any type; NaN for what is none. */
export function asNumber(value: unknown): number {
  return typeof value === 'object' && value !== null ? Number(value.valueOf()) : Number(value ?? Number.NaN);
}
