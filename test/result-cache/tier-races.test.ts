import { memoryStore, type BusListener, type CacheStore, type ResultCacheOptions } from '@mikro-kit/result-cache';
import { beforeEach, expect, it } from 'vitest';

import { until } from '../servers/index.ts';
import { processesOn, type Ground, type Process } from './races/cities.ts';
import { onEveryGround } from './races/grounds.ts';

const STRICT: ResultCacheOptions = { l1: {} };
/** Longer than any test takes, so that what is seen of a change was heard, or known from the start. */
const BOUNDED: ResultCacheOptions = { l1: {}, consistency: 'bounded', maxStaleMs: 600_000 };

/** A store whose bus can be listened to by hand. */
function storeWithBus(): { store: CacheStore; listeners: Set<BusListener> } {
  const listeners = new Set<BusListener>();
  const listen = (listener: BusListener): (() => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  };
  return { store: { ...memoryStore(), listen }, listeners };
}

await onEveryGround(races);

function races(ground: () => Ground): void {
  let store: CacheStore;
  let listeners: Set<BusListener>;
  let open: (options: ResultCacheOptions) => Promise<Process>;
  beforeEach(async () => {
    ({ store, listeners } = storeWithBus());
    const processes = await processesOn(ground(), store);
    open = options => processes.open(options);
  });
  const heard = (): void => listeners.forEach(listener => listener.changed(['table:city', 'row:city:3']));

  it('race 8: strict: another process writes what an entry in memory is made from', async () => {
    const [one, other] = [await open(STRICT), await open({})];
    expect([await one.name(), await one.name()]).toEqual(['Lima', 'Lima']);
    expect(one.cache.stats().tiers?.l1.hits).toBe(1);
    await other.rename('new');
    expect([await one.name(), await one.name()]).toEqual(['new', 'new']);
    expect(one.cache.stats().tiers?.l1).toMatchObject({ hits: 2, misses: 2 });
  });

  it('race 8: strict: another process is about to commit', async () => {
    const [one, other] = [await open(STRICT), await open({})];
    await one.name();
    const gate = other.store.stop('bump');
    const writer = other.rename('new');
    await gate.reached;
    expect(await one.cache.explain(async () => expect(await one.name()).toBe('new'))).toEqual([
      { kind: 'bypass', reason: 'write in flight' },
    ]);
    gate.go();
    await writer;
  });

  it('race 8: bounded: what the bus tells of is not served, nor is anything when the bus may have missed something', async () => {
    const [one, other] = [await open(BOUNDED), await open({})];
    for (const [name, tell] of [
      ['new', heard],
      ['newer', () => listeners.forEach(listener => listener.lost('cut off'))],
    ] as const) {
      const before = await one.name();
      await other.rename(name);
      expect(await one.name()).toBe(before);
      tell();
      expect([await one.name(), await one.name()]).toEqual([name, name]);
    }
  });

  it('race 8: bounded: nothing is served longer than maxStaleMs after the store was asked', async () => {
    const [one, other] = [await open({ ...BOUNDED, maxStaleMs: 200 }), await open({})];
    await one.name();
    const asked = performance.now();
    await other.rename('new');
    await until(async () => (await one.name()) === 'new', { what: 'the entry in memory to be too old' });
    expect(performance.now() - asked).toBeLessThan(1_000);
  });

  it('race 8: bounded: the writes of the process itself are seen at once', async () => {
    const one = await open(BOUNDED);
    for (const name of ['Lima', 'new', 'newer']) {
      if (name !== 'Lima') await one.rename(name);
      expect([await one.name(), await one.name()]).toEqual([name, name]);
    }
    expect(one.cache.stats().tiers?.l1.hits).toBe(3);
  });

  it('race 9: the stamps of an entry in memory are on their way when they change', async () => {
    const [one, other] = [await open(BOUNDED), await open({})];
    await one.name();
    // So that the store is asked again.
    listeners.forEach(listener => listener.lost('cut off'));
    const gate = one.store.stop('read', 'answer');
    const reader = one.name();
    await gate.reached;
    await other.rename('new');
    heard();
    gate.go();
    expect([await reader, await one.name()]).toEqual(['Lima', 'new']);
  });

  it('race 9: an entry of the store is on its way when its stamps change', async () => {
    const [one, other] = [await open(BOUNDED), await open({})];
    await other.name();
    const gate = one.store.stop('read', 'answer');
    const reader = one.name();
    await gate.reached;
    await other.rename('new');
    heard();
    gate.go();
    expect([await reader, await one.name()]).toEqual(['Lima', 'new']);
  });

  it('race 9: rows are loaded while their stamps change', async () => {
    const [one, other] = [await open(BOUNDED), await open({})];
    const gate = one.store.stop('write');
    const reader = one.name();
    await gate.reached;
    await other.rename('new');
    heard();
    gate.go();
    expect([await reader, await one.name()]).toEqual(['Lima', 'new']);
  });
}
