import type { Stamp } from '../store/store.ts';
import { decodeExact, encodeWithin } from './exact-codec.ts';

/** What is kept beside the rows of an entry. */
export interface EntryHead {
  /** Of each dependency as it was before the rows were loaded; `null` where the rows do not depend on it. */
  readonly nonces: readonly (string | null)[];
  /** When it was made by the clock of its maker, in milliseconds of the epoch. Says nothing about whether it is valid. */
  readonly madeAt: number;
  /** How long it lives from then on, in milliseconds. */
  readonly lifetimeMs: number;
  /** How long it took to load the rows, in milliseconds. */
  readonly loadMs: number;
}

/** Rows, encoded. {@link rowsOf} gives a copy of them. */
export interface Entry extends EntryHead {
  readonly rows: Uint8Array;
}

/** Or why there is none: rows that could not be given back as they are, or that take more than `maxBytes`. */
export function makeEntry(
  head: EntryHead,
  rows: unknown,
  maxBytes: number,
): Entry | 'rows not encodable' | 'too large' {
  const encoded = encodedRows(rows, maxBytes) ?? 'rows not encodable';
  return typeof encoded === 'string' ? encoded : { ...head, rows: encoded };
}

/** Too deep or too large a value must not fail the read that loaded it. */
function encodedRows(rows: unknown, maxBytes: number): Uint8Array | 'too large' | undefined {
  try {
    return encodeWithin(maxBytes, rows);
  } catch {
    return undefined;
  }
}

/** A new copy for each call. Throws on bytes that nobody wrote. */
export function rowsOf({ rows }: Entry): unknown {
  return decodeExact(rows);
}

/** As a store keeps it: the version, the length of the head, the head as JSON, the rows. */
export function encodeEntry({ nonces, madeAt, lifetimeMs, loadMs, rows }: Entry): Uint8Array {
  const head = Buffer.from(JSON.stringify([nonces, madeAt, lifetimeMs, loadMs]));
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt8(VERSION);
  prefix.writeUInt32LE(head.byteLength, 1);
  return Buffer.concat([prefix, head, rows]);
}

/** A shared store is not trusted: bytes that are no entry of this version with this many dependencies are none. */
export function decodeEntry(bytes: Uint8Array | undefined, dependencies: number): Entry | undefined {
  if (!bytes || bytes.byteLength < PREFIX_BYTES || bytes[0] !== VERSION) return undefined;
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = PREFIX_BYTES + buffer.readUInt32LE(1);
  const head = end <= buffer.byteLength ? parsedHead(buffer.toString('utf8', PREFIX_BYTES, end)) : undefined;
  if (head?.nonces.length !== dependencies) return undefined;
  const { nonces, madeAt, lifetimeMs, loadMs } = head;
  return { nonces, madeAt, lifetimeMs, loadMs, rows: buffer.subarray(end) };
}

/** Where the stamps are no longer what they were before the rows were loaded: nowhere, if the entry is still valid. */
export function changedSince({ nonces }: EntryHead, stamps: readonly Stamp[]): number[] {
  const changed: number[] = [];
  for (let at = 0; at < nonces.length; at++) {
    const nonce = nonces[at] ?? null;
    if (nonce !== null && nonce !== nonceOf(stamps[at])) changed.push(at);
  }
  return changed;
}

/** Undefined unless the stamp is set. */
export function nonceOf(stamp: Stamp | undefined): string | undefined {
  return stamp?.state === 'set' ? stamp.nonce : undefined;
}

const VERSION = 3;
const PREFIX_BYTES = 5;

function parsedHead(text: string): EntryHead | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const [nonces, madeAt, lifetimeMs, loadMs]: unknown[] = Array.isArray(parsed) ? parsed : [];
    if (typeof madeAt !== 'number' || typeof lifetimeMs !== 'number' || typeof loadMs !== 'number') return undefined;
    return isNonces(nonces) ? { nonces, madeAt, lifetimeMs, loadMs } : undefined;
  } catch {
    return undefined;
  }
}

function isNonces(value: unknown): value is (string | null)[] {
  return Array.isArray(value) && value.every(item => item === null || typeof item === 'string');
}
