import { ensureTap, statementTap, type PoolEvents } from '@mikro-kit/statement-tap';
import { MikroORM } from '@mikro-orm/sqlite';
import { expect, it } from 'vitest';

import { City, openCities } from './city.ts';

const EVENTS = ['connect', 'acquire', 'release', 'close'] as const satisfies (keyof PoolEvents)[];

it('a pool is not asked before it is used, and gone when it is closed', async () => {
  const orm = await MikroORM.init({ entities: [City], dbName: ':memory:', extensions: [statementTap()] });
  const tap = ensureTap(orm);
  expect(tap.pools()).toEqual([]);
  await orm.em.fork().execute('select 1');
  expect(tap.pools()).toEqual([{ node: 'primary', size: 1, inUse: 0, idle: 1, waiting: undefined, limit: 1 }]);
  await orm.close();
  expect(tap.pools()).toEqual([]);
});

it('a transaction holds its connection', async () => {
  const { orm, tap } = await openCities();
  await orm.em.fork().transactional(async em => {
    await em.count(City);
    expect(tap.pools()).toMatchObject([{ inUse: 1, idle: 0 }]);
  });
  expect(tap.pools()).toMatchObject([{ inUse: 0, idle: 1 }]);
  await orm.close();
});

it('the life of a connection is told in order, also after a reconnect', async () => {
  const { orm, tap } = await openCities();
  const told: string[] = [];
  for (const name of EVENTS) tap.on(name, ({ node }) => told.push(`${name} ${node}`));
  await orm.em.fork().count(City);
  await orm.reconnect();
  await orm.close();
  expect(told).toEqual([
    'acquire primary',
    'release primary',
    'close primary',
    'connect primary',
    'acquire primary',
    'release primary',
    'close primary',
  ]);
});

it('a listener that throws disturbs nobody', async () => {
  const { orm, tap } = await openCities();
  let acquired = 0;
  tap.on('acquire', () => {
    throw new Error('listener is broken');
  });
  tap.on('acquire', () => acquired++);
  expect(await orm.em.fork().count(City)).toBe(3);
  expect(acquired).toBe(1);
  await orm.close();
});
