import { deserialize, serialize } from 'node:v8';

/**
 * Bytes from which {@link decodeExact} makes a deep-equal value: bigint, Date, Buffer, Uint8Array, `undefined`, NaN, Map,
 * Set and an object that is reached by two paths included. Undefined for a value that would not come back as it was: one
 * with functions, symbols or instances of other classes in it.
 *
 * The format is JSON where that says everything, since it is read twice as fast; otherwise that of V8's structured clone,
 * which newer versions of Node read too.
 */
export function encodeExact(value: unknown): Uint8Array | undefined {
  const survey: Survey = { seen: new Set(), isJson: true };
  if (!survives(value, survey)) return undefined;
  return survey.isJson ? Buffer.from(JSON.stringify(value)) : serialize(value);
}

/**
 * A new value for each call, so that no caller can change what the next one gets. Throws on bytes that no
 * {@link encodeExact} wrote.
 */
export function decodeExact(bytes: Uint8Array): unknown {
  // V8 makes the buffers in a value views of what it reads.
  if (bytes[0] === V8_TAG) return deserialize(new Uint8Array(bytes));
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
}

/** What V8 writes first, and no text in UTF-8 begins with. */
const V8_TAG = 0xff;

/** What was found out about a value on the way through it. */
interface Survey {
  readonly seen: Set<object>;
  /** Whether JSON would give back the same. */
  isJson: boolean;
}

const PROTOTYPES = new Set<unknown>([Object, Array, Date, Buffer, Uint8Array, Map, Set].map(made => made.prototype));

function survives(value: unknown, survey: Survey): boolean {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value === 'object') return survey.seen.has(value) ? notJson(survey) : objectSurvives(value, survey);
  return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0) ? true : notJson(survey);
}

function objectSurvives(value: object, survey: Survey): boolean {
  survey.seen.add(value);
  if (!PROTOTYPES.has(Object.getPrototypeOf(value)) || Object.getOwnPropertySymbols(value).length > 0) return false;
  const items: unknown[] = Object.values(value);
  if (Array.isArray(value)) return (items.length === value.length || notJson(survey)) && areSurviving(items, survey);
  if (value instanceof Date || value instanceof Uint8Array) return notJson(survey);
  if (value instanceof Map) return notJson(survey) && areSurviving([...value].flat(), survey);
  if (value instanceof Set) return notJson(survey) && areSurviving([...value], survey);
  return areSurviving(items, survey);
}

function areSurviving(items: readonly unknown[], survey: Survey): boolean {
  return items.every(item => survives(item, survey));
}

/** It survives, but not as JSON. */
function notJson(survey: Survey): true {
  survey.isJson = false;
  return true;
}
