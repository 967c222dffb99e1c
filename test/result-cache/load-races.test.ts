import { ensureTap } from '@mikro-kit/statement-tap';
import { beforeEach, expect, it } from 'vitest';

import { until } from '../servers/index.ts';
import { City, processesOn, type Ground, type Process, type Processes } from './races/cities.ts';
import { onEveryGround } from './races/grounds.ts';

/** The name of city 3, read by a wrapped function that then stands until it may go on. */
function slowName(process: Process): { read: () => Promise<string>; begun: Promise<void>; go(): void } {
  const [begun, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const load = async (): Promise<string> => {
    const { name } = await process.em().findOneOrFail(City, 3, { cache: false });
    begun.resolve();
    await gate.promise;
    return name;
  };
  const read = (): Promise<string> => process.cache.wrap('name', load, { dependsOn: [City] });
  return { read, begun: begun.promise, go: () => gate.resolve() };
}

function count({ em, cache }: Process): Promise<number> {
  return cache.wrap('count', () => em().count(City, {}, { cache: false }), { dependsOn: [City] });
}

await onEveryGround(races);

function races(ground: () => Ground): void {
  let processes: Processes;
  let one: Process;
  let other: Process;
  beforeEach(async () => {
    processes = await processesOn(ground());
    [one, other] = [await processes.open(), await processes.open()];
  });

  it('race 10: a reader who comes after a write does not wait for a load that began before it', async () => {
    const before = slowName(one);
    const first = before.read();
    await before.begun;
    const follower = before.read();
    await until(() => one.cache.stats().misses === 2, { what: 'the follower to come' });
    await other.rename('new');
    const after = slowName(one);
    after.go();
    expect(await after.read()).toBe('new');
    before.go();
    expect([await first, await follower]).toEqual(['Lima', 'Lima']);
    expect([await after.read(), await slowName(other).read()]).toEqual(['new', 'new']);
  });

  it('race 10: nor does one in another process, and one who waits there stops waiting', async () => {
    const [before, waiting, after] = [slowName(one), slowName(other), slowName(await processes.open())];
    const first = before.read();
    await before.begun;
    waiting.go();
    after.go();
    const second = waiting.read();
    await until(() => other.cache.stats().misses === 1, { what: 'the other process to miss' });
    await one.rename('new');
    expect([await after.read(), await second]).toEqual(['new', 'new']);
    before.go();
    expect(await first).toBe('Lima');
    expect(await after.read()).toBe('new');
  });

  it('race 10: a row that a read by key did not find is there after a write, though another is under way', async () => {
    const gate = other.store.stop('bump');
    const find = (id: number) => one.em().findOne(City, id);
    const writer = other.em().nativeUpdate(City, 1, { name: 'Brasília' });
    await gate.reached;
    const early = one.store.stop('read', 'answer');
    const missed = find(9);
    await early.reached;
    await one.em().insert(City, { id: 9, name: 'Cusco', country: 'PE' });
    early.go();
    await missed;
    expect((await find(9))?.name).toBe('Cusco');
    gate.go();
    await writer;
    expect((await find(9))?.name).toBe('Cusco');
  });

  it('1,000 misses at once in each of three processes are one load', async () => {
    const all = [one, other, await processes.open()];
    let loads = 0;
    for (const { orm } of all) ensureTap(orm).observe(({ text }) => void (/\bcity\b/.test(text) && loads++));
    const thousand = <T>(read: (process: Process) => Promise<T>): Promise<T[]> =>
      Promise.all(all.flatMap(process => Array.from({ length: 1_000 }, () => read(process))));
    expect(new Set(await thousand(process => process.name()))).toEqual(new Set(['Lima']));
    expect(loads).toBe(1);
    expect(new Set(await thousand(count))).toEqual(new Set([3]));
    expect(loads).toBe(2);
  });

  it('a find whose signal is aborted stops waiting for the load of another, as the host has it', async () => {
    const gate = one.store.stop('lease');
    const first = one.name();
    await gate.reached;
    const abort = new AbortController();
    const options = { signal: abort.signal };
    const second = one.em().findOneOrFail(City, { id: 3, name: { $ne: '' } }, options);
    await until(() => one.cache.stats().misses === 2, { what: 'the second to wait' });
    abort.abort(new Error('enough'));
    await expect(second).rejects.toThrow(/enough|abort/i);
    gate.go();
    expect(await first).toBe('Lima');
  });

  it('a loader that dies is not waited for longer than its lease', async () => {
    const options = { leaseMs: 200, storeDeadlineMs: 50 };
    const [dying, waiting] = [await processes.open(options), await processes.open(options)];
    const [lost, slow] = [slowName(dying), slowName(waiting)];
    void lost.read();
    await lost.begun;
    dying.store.die();
    slow.go();
    const started = performance.now();
    expect(await slow.read()).toBe('Lima');
    expect(performance.now() - started).toBeLessThan(1_500);
    lost.go();
  });

  it('race 18: an entry is being made anew before it expires when something is written', async () => {
    const eager = await processes.open({ earlyRefresh: 1e9 });
    expect(await eager.name()).toBe('Lima');
    const gate = eager.store.stop('write');
    expect(await eager.name()).toBe('Lima');
    await gate.reached;
    await other.rename('new');
    gate.go();
    expect([await eager.name(), await other.name(), await eager.name()]).toEqual(['new', 'new', 'new']);
  });

  it('race 18: an entry that is to be made anew was invalidated', async () => {
    const eager = await processes.open({ earlyRefresh: 1e9 });
    await eager.name();
    await other.rename('new');
    const seen = await eager.cache.explain(async () => expect(await eager.name()).toBe('new'));
    expect(seen).toMatchObject([{ kind: 'miss', because: 'written since' }]);
  });
}
