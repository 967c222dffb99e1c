import { memoryStore } from '@mikro-kit/result-cache';
import { describe, expect, it } from 'vitest';

import { storeConformance } from '../src/conformance.ts';

storeConformance({ describe, it }, 'memoryStore', () => memoryStore());

describe('memoryStore', () => {
  it('holds no more entries than it may, and drops what was used longest ago', async () => {
    const store = memoryStore({ maxEntries: 2 });
    for (const key of ['a', 'b']) await store.write(key, Buffer.from(key), 1_000);
    await store.read('a', []);
    await store.write('c', Buffer.from('c'), 1_000);
    expect(store.size?.().entries).toBe(2);
    expect((await store.read('b', [])).entry).toBeUndefined();
    expect((await store.read('a', [])).entry).toBeDefined();
  });

  it.each([{ maxEntries: 0 }, { maxEntries: 1e9 }, { maxEntries: 1.5 }, { maxBytes: -1 }, { maxBytes: Number.NaN }])(
    'refuses %j',
    options => {
      expect(() => memoryStore(options)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
    },
  );

  it('holds no more bytes than it may, and no entry that is larger than all of them', async () => {
    const store = memoryStore({ maxBytes: 1_000 });
    for (const key of 'abcdefghij') await store.write(key, Buffer.alloc(300), 1_000);
    expect(store.size?.().bytes).toBeLessThanOrEqual(1_000);
    expect(store.size?.().entries).toBe(3);
    await store.write('large', Buffer.alloc(2_000), 1_000);
    expect((await store.read('large', [])).entry).toBeUndefined();
  });
});
