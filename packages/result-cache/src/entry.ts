import { decodeExact, encodeExact } from './exact-codec.ts';
import type { Stamp } from './store.ts';

/** Rows, and the nonce of each dependency as it was before the rows were loaded; `null` where they do not depend on it. */
export interface Entry {
  readonly nonces: readonly (string | null)[];
  readonly rows: unknown;
}

/** Undefined for rows that could not be given back as they are. */
export function encodeEntry({ nonces, rows }: Entry): Uint8Array | undefined {
  return encodeExact([VERSION, nonces, rows]);
}

/** A shared store is not trusted: bytes that are no entry of this version with this many dependencies are none. */
export function decodeEntry(bytes: Uint8Array | undefined, dependencies: number): Entry | undefined {
  const decoded = bytes && parsed(bytes);
  return decoded?.nonces.length === dependencies ? decoded : undefined;
}

/** Where the stamps are no longer what they were before the rows were loaded: nowhere, if the entry is still valid. */
export function changedSince({ nonces }: Entry, stamps: readonly Stamp[]): number[] {
  return nonces.flatMap((nonce, at) => (nonce === null || nonce === nonceOf(stamps[at]) ? [] : [at]));
}

/** Undefined unless the stamp is set. */
export function nonceOf(stamp: Stamp | undefined): string | undefined {
  return stamp?.state === 'set' ? stamp.nonce : undefined;
}

const VERSION = 2;

function parsed(bytes: Uint8Array): Entry | undefined {
  try {
    const decoded = decodeExact(bytes);
    if (!Array.isArray(decoded) || decoded.length !== 3 || decoded[0] !== VERSION) return undefined;
    const [, nonces, rows]: unknown[] = decoded;
    return isNonces(nonces) ? { nonces, rows } : undefined;
  } catch {
    return undefined;
  }
}

function isNonces(value: unknown): value is (string | null)[] {
  return Array.isArray(value) && value.every(item => item === null || typeof item === 'string');
}
