import { decodeExact, encodeExact } from './exact-codec.ts';
import type { Stamp } from './store.ts';

/** Rows and the nonces of their dependencies as they were before the rows were loaded. */
export interface Entry {
  readonly nonces: readonly string[];
  readonly rows: unknown;
}

/** Undefined for rows that could not be given back as they are. */
export function encodeEntry({ nonces, rows }: Entry): Uint8Array | undefined {
  return encodeExact([VERSION, nonces, rows]);
}

/**
 * The rows of an entry if every stamp still is what it was before they were loaded. A shared store is not trusted:
 * bytes that are no entry of this version are a miss.
 */
export function validRows(entry: Uint8Array | undefined, stamps: readonly Stamp[]): { rows: unknown } | undefined {
  const nonces = noncesOf(stamps);
  const decoded = entry && nonces && decodeEntry(entry);
  if (!decoded || decoded.nonces.length !== nonces.length) return undefined;
  return decoded.nonces.every((nonce, at) => nonce === nonces[at]) ? { rows: decoded.rows } : undefined;
}

/** Undefined unless every stamp is set. */
export function noncesOf(stamps: readonly Stamp[]): string[] | undefined {
  const nonces = stamps.flatMap(stamp => (stamp.state === 'set' ? [stamp.nonce] : []));
  return nonces.length === stamps.length ? nonces : undefined;
}

const VERSION = 1;

function decodeEntry(bytes: Uint8Array): Entry | undefined {
  try {
    const decoded = decodeExact(bytes);
    if (!Array.isArray(decoded) || decoded.length !== 3 || decoded[0] !== VERSION) return undefined;
    const [, nonces, rows]: unknown[] = decoded;
    return isTextList(nonces) ? { nonces, rows } : undefined;
  } catch {
    return undefined;
  }
}

function isTextList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every(item => typeof item === 'string');
}
