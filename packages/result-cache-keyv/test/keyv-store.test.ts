import { keyvStore } from '@mikro-kit/result-cache-keyv';
import { storeConformance } from '@mikro-kit/result-cache/conformance';
import { Keyv } from 'keyv';
import { describe, expect, it, vi } from 'vitest';

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
    const keyv = {
      get: never,
      getMany: never,
      setMany: never,
      delete: never,
      deleteMany: never,
      disconnect: never,
      on: () => {},
    };
    const store = keyvStore({ keyv: () => keyv, commandTimeoutMs: 5 });
    for (const call of [() => store.read('key', []), () => store.bump(['table:city'], 'writer'), () => store.clear()]) {
      await expect(call()).rejects.toMatchObject({ code: 'STORE_TIMEOUT' });
    }
    await store.close();
  });

  it('rejects what was under way when Keyv tells of an error that belongs to no call', async () => {
    const keyv = new Keyv();
    const { promise, resolve } = Promise.withResolvers<never[]>();
    keyv.getMany = () => promise;
    const store = keyvStore({ keyv: () => keyv });
    const reading = store.read('key', []);
    keyv.emit('error', new Error('somewhere'));
    resolve([]);
    await expect(reading).rejects.toMatchObject({
      code: 'BACKEND_FAILED',
      message: 'The backend of Keyv failed: somewhere',
    });
  });

  it('rejects when Keyv says that it did not keep a value', async () => {
    const keyv = new Keyv();
    keyv.setMany = async entries => entries.map(() => false);
    const store = keyvStore({ keyv: () => keyv });
    await expect(store.mark(['table:city'], 'writer', 1_000)).rejects.toMatchObject({ code: 'WRITE_FAILED' });
  });

  it('gives the stamps alone, with one request', async () => {
    const keyv = new Keyv();
    const getMany = vi.spyOn(keyv, 'getMany');
    const store = keyvStore({ keyv: () => keyv });
    const stamps = await store.stamp(['table:city']);
    await store.write('undefined', Buffer.from('x'), 1_000);
    getMany.mockClear();
    expect(await store.read(undefined, ['table:city'])).toEqual({ entry: undefined, stamps });
    await store.read('key', ['table:city', 'row:city:1']);
    expect(getMany).toHaveBeenCalledTimes(2);
  });

  it('uses short keys of plain letters, whatever the names, and one for each name', async () => {
    const backend = new Map<string, unknown>();
    const store = keyvStore({ keyv: () => new Keyv({ store: backend }) });
    for (const name of ['City', 'city', 'city ', 'cité', 'a\0b', 'x'.repeat(10_000)]) {
      await store.write(name, Buffer.from(name), 60_000);
      await store.stamp([name]);
      const { entry, stamps } = await store.read(name, [name]);
      expect([Buffer.from(entry ?? []).toString(), stamps[0]?.state]).toEqual([name, 'set']);
    }
    expect(backend.size).toBe(13);
    for (const key of backend.keys()) expect(key).toMatch(/^mikro-kit-[0-9a-z-]{1,70}$/);
  });

  it('does not show what was cleared when the backend has lost the news of it', async () => {
    const backend = new Map<string, unknown>();
    const store = keyvStore({ keyv: () => new Keyv({ store: backend }) });
    await store.write('key', Buffer.from('cleared'), 60_000);
    await store.clear();
    backend.delete('mikro-kit-entry-generation');
    expect((await store.read('key', [])).entry).toBeUndefined();
    await store.write('key', Buffer.from('new'), 60_000);
    expect((await store.read('key', [])).entry).toBeDefined();
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
