import { decodeExact, encodeExact } from '@mikro-kit/result-cache';

import { RedisStoreError } from '../redis-store-error.ts';

/** How values become bytes and back. */
export interface ValueCodec<T> {
  /** Throws for a value that it would not give back as it is. */
  encode(value: T): Uint8Array | string;
  /** Throws for bytes that it did not make, or makes something sensible of them: they may be those of an older program. */
  decode(bytes: Buffer): T;
}

/**
 * Keeps plain objects, arrays, bigint, Date, bytes, Map and Set as they are. It cannot know that what is there is a `T`:
 * give a codec that checks it where others write under the same prefix.
 */
export function exactCodec<T>(): ValueCodec<T> {
  return {
    encode(value) {
      const bytes = encodeExact(value);
      if (bytes) return bytes;
      throw new RedisStoreError(
        'NOT_ENCODABLE',
        'A value has functions, symbols or instances of classes in it; give plain data or a `codec`.',
      );
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what was kept under this prefix is what `encode` got
    decode: bytes => decodeExact(bytes) as T,
  };
}
