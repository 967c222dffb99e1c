import { createHmac, timingSafeEqual } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

import { RedisStoreError } from './redis-store-error.ts';

/** How what is kept is wrapped. */
export interface EnvelopeOptions {
  /** Compresses what has at least `minBytes` bytes, where that makes it smaller. Default: nothing is compressed. */
  readonly compress?: { readonly minBytes: number };
  /**
   * Signs what is kept with HMAC-SHA256, and takes what is not signed for a miss. Of several secrets the first one signs
   * and all are accepted, so that they can be changed one after the other. 16 bytes or more each. Default: none.
   */
  readonly hmac?: string | readonly string[];
}

/** Wraps bytes for a store that others can write to. */
export interface Envelope {
  /** Undefined for more than {@link MAX_BYTES}. */
  seal(key: string, content: Uint8Array): Buffer | undefined;
  /** Undefined for what `seal` did not make of this key with one of the secrets. */
  open(key: string, sealed: Uint8Array): Uint8Array | undefined;
}

/** Nothing larger is kept, and nothing is inflated to more: what is read was perhaps not written by us. */
const MAX_BYTES = 64 * 1024 * 1024;

/** The first byte: the version of the format in the upper half, what was done to the content in the lower. */
const VERSION = 0x10;
const DEFLATED = 1;
const SIGNED = 2;
const SIGNATURE_BYTES = 32;
const LENGTH_BYTES = 4;
const MIN_SECRET_BYTES = 16;

/** @throws RedisStoreError `INVALID_OPTION` */
export function envelope({ compress, hmac }: EnvelopeOptions): Envelope {
  const secrets = secretsOf(hmac);
  const minBytes = compress?.minBytes ?? Infinity;
  if (!(minBytes >= 0)) throw invalid(`compress.minBytes must be 0 or more, got ${minBytes}.`);
  return {
    seal(key, content) {
      if (content.byteLength > MAX_BYTES) return undefined;
      const smaller = content.byteLength >= minBytes ? deflated(content) : undefined;
      const [signer] = secrets;
      const kind = VERSION | (smaller ? DEFLATED : 0) | (signer === undefined ? 0 : SIGNED);
      const body = [Buffer.of(kind), smaller ?? content];
      return Buffer.concat(signer === undefined ? body : [...body, signature(signer, key, body)]);
    },
    open(key, sealed) {
      const kind = sealed[0] ?? 0;
      const isSigned = (kind & SIGNED) !== 0;
      if ((kind & ~(DEFLATED | SIGNED)) !== VERSION || isSigned !== secrets.length > 0) return undefined;
      const end = sealed.byteLength - (isSigned ? SIGNATURE_BYTES : 0);
      if (end < 1 || (isSigned && !isSignedByOneOf(secrets, key, sealed, end))) return undefined;
      const body = sealed.subarray(1, end);
      return (kind & DEFLATED) === 0 ? body : inflated(body);
    },
  };
}

/** Undefined where it would not become smaller. Level 1 takes a third of the time of the default for most of the gain. */
function deflated(content: Uint8Array): Buffer | undefined {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32LE(content.byteLength);
  const smaller = Buffer.concat([length, deflateRawSync(content, { level: 1 })]);
  return smaller.byteLength < content.byteLength ? smaller : undefined;
}

function inflated(body: Uint8Array): Buffer | undefined {
  if (body.byteLength < LENGTH_BYTES) return undefined;
  const length = Buffer.from(body.subarray(0, LENGTH_BYTES)).readUInt32LE();
  if (length === 0 || length > MAX_BYTES) return undefined;
  try {
    const content = inflateRawSync(body.subarray(LENGTH_BYTES), { maxOutputLength: length });
    return content.byteLength === length ? content : undefined;
  } catch {
    return undefined;
  }
}

/** Of the key as well, so that what was kept under one key is nothing under another. */
function signature(secret: string, key: string, body: readonly Uint8Array[]): Buffer {
  const hmac = createHmac('sha256', secret).update(`${Buffer.byteLength(key)}:${key}`);
  for (const part of body) hmac.update(part);
  return hmac.digest();
}

function isSignedByOneOf(secrets: readonly string[], key: string, sealed: Uint8Array, end: number): boolean {
  const body = [sealed.subarray(0, end)];
  return secrets.some(secret => timingSafeEqual(signature(secret, key, body), sealed.subarray(end)));
}

function secretsOf(hmac: EnvelopeOptions['hmac']): readonly string[] {
  const secrets = typeof hmac === 'string' ? [hmac] : (hmac ?? []);
  const weak = secrets.find(secret => Buffer.byteLength(secret) < MIN_SECRET_BYTES);
  if (weak !== undefined) throw invalid(`hmac must be a secret of at least ${MIN_SECRET_BYTES} bytes.`);
  if (hmac !== undefined && secrets.length === 0) throw invalid('hmac must be a secret, or a list of at least one.');
  return secrets;
}

function invalid(problem: string): RedisStoreError {
  return new RedisStoreError('INVALID_OPTION', `result-cache-redis: ${problem}`);
}
