import { memoryStore, type CacheStore, type ResultCache } from '@mikro-kit/result-cache';
import { describe, expect, it, vi } from 'vitest';

import { City, cityDatabase } from './city-database.ts';

/** A load that goes on until it is told to end, and counts how often it was begun. */
function gatedLoad<T>(value: T): { load: () => Promise<T>; begun: () => number; go: () => void; fail: () => void } {
  const gate = Promise.withResolvers<void>();
  let begun = 0;
  return {
    load: async () => {
      begun++;
      await gate.promise;
      return value;
    },
    begun: () => begun,
    go: () => gate.resolve(),
    fail: () => gate.reject(new Error('no')),
  };
}

/** As Keyv, which cannot tell one owner from another. */
function withoutLeases(): CacheStore {
  const store = memoryStore();
  return {
    read: (...args) => store.read(...args),
    stamp: (...args) => store.stamp(...args),
    write: (...args) => store.write(...args),
    mark: (...args) => store.mark(...args),
    bump: (...args) => store.bump(...args),
    clear: () => store.clear(),
    close: () => store.close(),
  };
}

const times = <T>(count: number, call: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, call));
const joined = (cache: ResultCache, count: number): Promise<unknown> =>
  vi.waitUntil(() => cache.stats().misses >= count, { timeout: 2_000 });

describe('many who want the same at once', () => {
  it.each([
    ['with leases', memoryStore],
    ['without leases', withoutLeases],
  ])('load it once: 1,000 finds, 1,000 calls of a wrapped function, %s', async (_, store) => {
    const db = await cityDatabase({ store: store() });
    const statements = await db.statements(async () => {
      const found = await times(1_000, async () => (await db.orm.em.fork().findOneOrFail(City, { name: 'Lima' })).id);
      expect(new Set(found)).toEqual(new Set([3]));
    });
    expect(statements).toHaveLength(1);
    const { load, begun, go } = gatedLoad({ n: 1 });
    const calls = times(1_000, () => db.cache.wrap('slow', load));
    await joined(db.cache, 2_000);
    go();
    expect(new Set((await calls).map(({ n }) => n))).toEqual(new Set([1]));
    expect(begun()).toBe(1);
    expect(db.cache.stats()).toMatchObject({ joined: 1_998, fills: 2 });
  });

  it('get copies of their own', async () => {
    const db = await cityDatabase();
    const { load, go } = gatedLoad({ list: [1], at: new Date(1) });
    const calls = times(3, () => db.cache.wrap('copies', load));
    await joined(db.cache, 3);
    go();
    const [first, second, third] = await calls;
    first?.list.push(2);
    second?.at.setFullYear(1);
    expect(third).toEqual({ list: [1], at: new Date(1) });
    expect(await db.cache.wrap('copies', load)).toEqual({ list: [1], at: new Date(1) });
  });

  it('load for themselves when the first one fails, who alone gets its error', async () => {
    const db = await cityDatabase();
    const first = gatedLoad(0);
    const failing = db.cache.wrap('fails', first.load).catch((error: Error) => error.message);
    await vi.waitUntil(() => first.begun() === 1);
    let loads = 0;
    const others = times(50, () => db.cache.wrap('fails', () => ++loads));
    await joined(db.cache, 51);
    first.fail();
    expect(await failing).toBe('no');
    expect([new Set(await others), loads]).toEqual([new Set([1]), 1]);
  });

  it('load for themselves what cannot be shared, all at once', async () => {
    const db = await cityDatabase();
    const barrier = Promise.withResolvers<void>();
    let arrived = 0;
    const load = async (): Promise<URL> => {
      const turn = ++arrived;
      if (turn === 20) barrier.resolve();
      if (turn > 1) await barrier.promise;
      return new URL('http://localhost');
    };
    const found = await times(20, () => db.cache.wrap('classes', load));
    expect([new Set(found).size, arrived]).toEqual([20, 20]);
  });

  it('all get the error of their own load when every load fails', async () => {
    const db = await cityDatabase();
    let loads = 0;
    const calls = times(20, () =>
      db.cache.wrap('fails', () => Promise.reject(new Error(`${++loads}`))).catch((error: Error) => error.message),
    );
    expect(new Set(await calls).size).toBe(20);
  });

  it('do not wait for one who is late, and are answered by it if it comes before the next', async () => {
    const db = await cityDatabase({ leaseMs: 200 });
    const [late, next] = [gatedLoad('late'), gatedLoad('next')];
    const first = db.cache.wrap('slow', late.load);
    await vi.waitUntil(() => late.begun() === 1);
    const others = times(20, () => db.cache.wrap('slow', next.load));
    await vi.waitUntil(() => next.begun() === 1, { timeout: 2_000 });
    late.go();
    await first;
    next.go();
    expect((await others).toSorted()).toEqual([...Array.from({ length: 19 }, () => 'late'), 'next']);
    expect(next.begun()).toBe(1);
  });

  it('let one more load begin for each leaseMs, where all at once would make a slow database slower', async () => {
    const db = await cityDatabase({ leaseMs: 40 });
    const { load, begun, go } = gatedLoad('loaded');
    const started = performance.now();
    const calls = times(100, () => db.cache.wrap('slow', load));
    await vi.waitUntil(() => begun() >= 5, { timeout: 2_000, interval: 5 });
    expect(begun()).toBeLessThanOrEqual(2 + (performance.now() - started) / 40);
    go();
    expect(new Set(await calls)).toEqual(new Set(['loaded']));
  });

  it('wait for nobody with leaseMs: 0', async () => {
    const db = await cityDatabase({ leaseMs: 0 });
    let loads = 0;
    await times(5, () => db.cache.wrap('all', async () => ++loads));
    expect(loads).toBe(5);
  });

  it('stop waiting when they are told to, and the others go on', async () => {
    const db = await cityDatabase();
    const { load, begun, go } = gatedLoad('loaded');
    const first = db.cache.wrap('slow', load);
    await vi.waitUntil(() => begun() === 1);
    const abort = new AbortController();
    const impatient = db.cache.wrap('slow', load, { signal: abort.signal });
    const patient = db.cache.wrap('slow', load);
    await joined(db.cache, 3);
    abort.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    go();
    expect([await first, await patient, begun()]).toEqual(['loaded', 'loaded', 1]);
  });

  it('do not wait for themselves, nor for each other', { timeout: 1_500 }, async () => {
    const db = await cityDatabase();
    const wrap = (key: string, fn: () => Promise<string>): Promise<string> => db.cache.wrap(key, fn);
    expect(await wrap('self', () => wrap('self', async () => 'inner'))).toBe('inner');
    const barrier = Promise.withResolvers<void>();
    let arrived = 0;
    const both = (): Promise<void> => {
      if (++arrived === 2) barrier.resolve();
      return barrier.promise;
    };
    const crossed = (mine: string, theirs: string): Promise<string> =>
      wrap(mine, async () => {
        await both();
        return `${mine}<${await wrap(theirs, async () => theirs)}`;
      });
    expect(await Promise.all([crossed('a', 'b'), crossed('b', 'a')])).toEqual(['a<b<a', 'b<a']);
  });
});
