import { keyvStore } from '@mikro-kit/result-cache-keyv';
import { storeConformance } from '@mikro-kit/result-cache/conformance';
import { Keyv } from 'keyv';
import { describe, expect, it } from 'vitest';

storeConformance({ describe, it }, 'keyvStore', () => keyvStore({ keyv: () => new Keyv() }), { severalOwners: false });

/** A backend of Keyv, each of whose calls fails while `fails` is set. */
class FailingMap extends Map<string, unknown> {
  fails = false;

  override get(key: string): unknown {
    this.#check();
    return super.get(key);
  }

  override delete(key: string): boolean {
    this.#check();
    return super.delete(key);
  }

  override set(key: string, value: unknown): this {
    this.#check();
    return super.set(key, value);
  }

  #check(): void {
    if (this.fails) throw new Error('backend down');
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

describe('keyvStore', () => {
  it('rejects when the backend fails, where Keyv itself answers as if nothing were there', async () => {
    const backend = new FailingMap();
    const store = keyvStore({ keyv: () => new Keyv({ store: backend }) });
    await store.stamp(['table:city']);
    backend.fails = true;
    for (const call of [
      () => store.read('key', ['table:city']),
      () => store.stamp(['table:city']),
      () => store.bump(['table:city'], 'writer'),
      () => store.mark(['table:city'], 'writer', 1_000),
      () => store.write('key', Buffer.from('x'), 1_000),
    ]) {
      await expect(call()).rejects.toMatchObject({ name: 'KeyvStoreError' });
    }
  });

  it('rejects a call that takes longer than it may', async () => {
    const keyv = { getMany: never, set: never, delete: never, clear: never, disconnect: async () => {}, on: () => {} };
    const store = keyvStore({ keyv: () => keyv, commandTimeoutMs: 5 });
    await expect(store.read('key', [])).rejects.toMatchObject({ code: 'STORE_TIMEOUT' });
  });

  it('makes its Keyv on first use', async () => {
    let made = 0;
    const store = keyvStore({ keyv: () => (made++, new Keyv()) });
    expect(made).toBe(0);
    await store.stamp(['table:city']);
    await store.stamp(['table:city']);
    expect(made).toBe(1);
  });

  it('leaves what others keep in the same backend alone when it clears', async () => {
    const keyv = new Keyv();
    await keyv.set('mine', 'kept');
    const store = keyvStore({ keyv: () => keyv });
    await store.write('key', Buffer.from('x'), 1_000);
    await store.clear();
    expect(await keyv.get('mine')).toBe('kept');
  });
});
