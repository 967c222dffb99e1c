import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { memoryStore } from '@mikro-kit/result-cache';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { City, cityDatabase, openDatabase, Visit, type CityDatabase } from './city-database.ts';

describe('two ORMs of one process, on one database, with one store', () => {
  let one: CityDatabase;
  let other: CityDatabase;
  let closed: number;
  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mikro-kit-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const host = { dbName: join(folder, 'cities.sqlite') };
    closed = 0;
    const store = { ...memoryStore(), close: async () => void closed++ };
    one = await cityDatabase({ store }, host);
    other = await openDatabase({ store }, host);
  });

  it('share entries, and see what the other one writes', async () => {
    expect([await name(one), await name(other), other.cache.stats().hits]).toEqual(['Lima', 'Lima', 1]);
    await one.orm.em.fork().nativeUpdate(City, 3, { name: 'new' });
    expect([await name(other), await name(one)]).toEqual(['new', 'new']);
  });

  it('hear of what only a function of the other one depends on', async () => {
    expect(await visits(one)).toBe(0);
    await other.orm.em.fork().insert(Visit, { id: 1, city: 1, note: '' });
    expect(await visits(one)).toBe(1);
  });

  it('close it with the last of them, once or again', async () => {
    await one.orm.close();
    await one.orm.close();
    expect(closed).toBe(0);
    await other.orm.close();
    expect(closed).toBe(1);
    await other.orm.close();
    expect(closed).toBe(2);
  });
});

async function name({ orm }: CityDatabase): Promise<string> {
  return (await orm.em.fork().findOneOrFail(City, 3)).name;
}

function visits({ orm, cache }: CityDatabase): Promise<number> {
  return cache.wrap('visits', () => orm.em.fork().count(Visit), { dependsOn: [Visit] });
}
