import { createHmac, timingSafeEqual } from 'node:crypto';

import { MAX_TOKEN_LENGTH } from '../causal/token.ts';

/** 128 of the 256 bits of HMAC-SHA-256, which RFC 2104 allows. */
const SIGNATURE_BYTES = 16;
/** Of the clocks of the processes that share the secret, in milliseconds. */
const SKEW_MS = 5_000;
/** The time in base 36, the signature in base64url, two dots. */
const MAX_LENGTH = MAX_TOKEN_LENGTH + 11 + 22 + 2;

/** A token with the time of its signature and the signature: `m3k5x.MSBw….4Qz…`. */
export function sign(token: string, [secret]: readonly [string, ...string[]], now: number): string {
  const signed = `${now.toString(36)}.${token}`;
  return `${signed}.${signatureOf(signed, secret).toString('base64url')}`;
}

/** The token, if one of the secrets signed it in the last `maxAgeMs` milliseconds. */
export function verify(value: string, secrets: readonly string[], maxAgeMs: number, now: number): string | undefined {
  if (value.length > MAX_LENGTH) return undefined;
  const [, signed = '', time = '', token, signature = ''] =
    /^(([0-9a-z]{1,11})\.([\w-]+))\.([\w-]{22})$/.exec(value) ?? [];
  const given = Buffer.from(signature, 'base64url');
  if (given.length !== SIGNATURE_BYTES) return undefined;
  if (!secrets.some(secret => timingSafeEqual(signatureOf(signed, secret), given))) return undefined;
  const ageMs = now - Number.parseInt(time, 36);
  return ageMs <= maxAgeMs && ageMs >= -SKEW_MS ? token : undefined;
}

/** The prefix keeps a secret that signs other things, too, from making one pass for the other. */
function signatureOf(signed: string, secret: string): Buffer {
  return createHmac('sha256', secret).update(`mikro-kit causal ${signed}`).digest().subarray(0, SIGNATURE_BYTES);
}
