import { deserialize, serialize } from 'node:v8';

import { flattened, unflattened } from './flat-rows.ts';

/**
 * Bytes from which {@link decodeExact} makes a deep-equal value: bigint, Date, Buffer, Uint8Array, `undefined`, NaN, Map,
 * Set and an object that is reached by two paths included. Undefined for a value that would not come back as it was: one
 * with functions, symbols or instances of other classes in it.
 *
 * The format is JSON where that says everything, since it is read twice as fast, with the names of fields once for all
 * rows that share them; otherwise that of V8's structured clone, which newer versions of Node read too.
 */
export function encodeExact(value: unknown): Uint8Array | undefined {
  const encoded = encodeWithin(Infinity, value);
  return encoded === 'too large' ? undefined : encoded;
}

/** {@link encodeExact}, unless that makes more than `maxBytes`, of which most is found out without making them. */
export function encodeWithin(maxBytes: number, value: unknown): Uint8Array | 'too large' | undefined {
  const survey: Survey = { seen: new Set(), isJson: true, room: maxBytes };
  if (!survives(value, survey)) return survey.room < 0 ? 'too large' : undefined;
  const bytes = survey.isJson ? encodeJson(value) : serialize(value);
  return bytes.byteLength > maxBytes ? 'too large' : bytes;
}

/**
 * A new value for each call, so that no caller can change what the next one gets. Throws on bytes that no
 * {@link encodeExact} wrote.
 */
export function decodeExact(bytes: Uint8Array): unknown {
  // V8 makes the buffers in a value views of what it reads.
  if (bytes[0] === V8_TAG) return deserialize(new Uint8Array(bytes));
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes[0] === FLAT_TAG ? unflattened(JSON.parse(buffer.toString('utf8', 1))) : JSON.parse(buffer.toString());
}

function encodeJson(value: unknown): Buffer {
  const flat = flattened(value);
  return flat ? Buffer.concat([FLAT_PREFIX, Buffer.from(JSON.stringify(flat))]) : Buffer.from(JSON.stringify(value));
}

/** What V8 writes first, and no text in UTF-8 begins with. */
const V8_TAG = 0xff;

/** Nor with this. */
const FLAT_TAG = 0xfe;
const FLAT_PREFIX = Buffer.of(FLAT_TAG);

/** What was found out about a value on the way through it. */
interface Survey {
  readonly seen: Set<object>;
  /** Whether JSON would give back the same. */
  isJson: boolean;
  /** How many bytes are left, if everything took as few as it can. */
  room: number;
}

const PROTOTYPES = new Set<unknown>([Object, Array, Date, Buffer, Uint8Array, Map, Set].map(made => made.prototype));

function survives(value: unknown, survey: Survey): boolean {
  if (typeof value === 'string') return takes(value.length, survey);
  if (!takes(1, survey)) return false;
  if (typeof value === 'boolean' || value === null) return true;
  if (typeof value === 'function' || typeof value === 'symbol') return false;
  if (typeof value === 'object') return survey.seen.has(value) ? notJson(survey) : objectSurvives(value, survey);
  return typeof value === 'number' && Number.isFinite(value) && !Object.is(value, -0) ? true : notJson(survey);
}

function objectSurvives(value: object, survey: Survey): boolean {
  survey.seen.add(value);
  if (!PROTOTYPES.has(Object.getPrototypeOf(value)) || Object.getOwnPropertySymbols(value).length > 0) return false;
  // Not asked for its properties, one for each byte.
  if (value instanceof Uint8Array) return notJson(survey) && takes(value.byteLength, survey);
  const items: unknown[] = Object.values(value);
  if (Array.isArray(value)) return (hasOnlyItems(value) || notJson(survey)) && areSurviving(items, survey);
  const contents = contentsOf(value);
  if (!contents) return areSurviving(items, survey);
  return items.length === 0 && notJson(survey) && areSurviving(contents, survey);
}

/** Neither holes nor properties beside the items. */
function hasOnlyItems(items: readonly unknown[]): boolean {
  const names = Object.keys(items);
  return names.length === items.length && (names.length === 0 || names.at(-1) === `${names.length - 1}`);
}

/** What is in a value of V8's own, whose properties would be lost. */
function contentsOf(value: object): readonly unknown[] | undefined {
  if (value instanceof Map) return [...value].flat();
  if (value instanceof Set) return [...value];
  return value instanceof Date ? [] : undefined;
}

function areSurviving(items: readonly unknown[], survey: Survey): boolean {
  return items.every(item => survives(item, survey));
}

/** Whether there is room for so many bytes more. */
function takes(bytes: number, survey: Survey): boolean {
  survey.room -= bytes;
  return survey.room >= 0;
}

/** It survives, but not as JSON. */
function notJson(survey: Survey): true {
  survey.isJson = false;
  return true;
}
