import { deserialize, serialize } from 'node:v8';

/**
 * Bytes from which {@link decodeExact} makes a deep-equal value: bigint, Date, Buffer, Uint8Array, `undefined`, NaN, Map,
 * Set and an object that is reached by two paths included. Undefined for a value that would not come back as it was: one
 * with functions, symbols or instances of other classes in it.
 *
 * The format is that of V8's structured clone, which newer versions of Node read too.
 */
export function encodeExact(value: unknown): Uint8Array | undefined {
  return survives(value, new Set()) ? serialize(value) : undefined;
}

/**
 * A new value for each call, so that no caller can change what the next one gets. Throws on bytes that no
 * {@link encodeExact} wrote.
 */
export function decodeExact(bytes: Uint8Array): unknown {
  // V8 makes the buffers in a value views of what it reads.
  return deserialize(new Uint8Array(bytes));
}

const PROTOTYPES = new Set<unknown>([Object, Array, Date, Buffer, Uint8Array, Map, Set].map(made => made.prototype));

function survives(value: unknown, seen: Set<object>): boolean {
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value !== 'object' || value === null || seen.has(value)) return true;
  seen.add(value);
  if (!PROTOTYPES.has(Object.getPrototypeOf(value)) || Object.getOwnPropertySymbols(value).length > 0) return false;
  if (value instanceof Date || value instanceof Uint8Array) return true;
  if (value instanceof Map) return [...value].flat().every(item => survives(item, seen));
  const items: unknown[] = value instanceof Set ? [...value] : Object.values(value);
  return items.every(item => survives(item, seen));
}
