import { memoryStore, resultCache, type ResultCacheOptions } from '@mikro-kit/result-cache';
import { MikroORM, type EntityManager } from '@mikro-orm/mongodb';
import { expect, it } from 'vitest';

import { describeWith, mongodb, type MongoGroup } from '../servers/index.ts';
import { entities, seedItems } from './torture/mongo-entities.ts';
import { ways } from './torture/mongo-writers.ts';
import { torture, type Process } from './torture/torture.ts';

/** As in torture.test.ts; a fifth of it is for MongoDB. */
const seconds = 0.2 * Number(process.env['TORTURE_SECONDS'] ?? (process.env['CI'] ? 60 : 20));
const seed = Number(process.env['TORTURE_SEED'] ?? Date.now() % 1e9);
const patience = { timeout: (seconds + 60) * 1_000 };

await describeWith('mongodb', 'torture on MongoDB', () => {
  it.each<[how: string, ResultCacheOptions]>([
    ['without L1', {}],
    ['with L1', { l1: {} }],
  ])(
    'no read that starts after a write is older than it: three ORMs on one store, %s',
    patience,
    async (_how, tiers) => {
      await using servers = await mongodb();
      // Not local: what is in memory here stands for a store that processes share.
      const store = { ...memoryStore(), isLocal: false };
      const options = { store, earlyRefresh: 1e6, ...tiers };
      await using one = await open(servers, options);
      await using two = await open(servers, options);
      await using three = await open(servers, options);
      await one.schema.create();
      await seedItems(one.em.fork());
      const processes = [one, two, three].map(processOf);
      const report = await torture({ processes, ways, seconds, seed, writers: 2, readers: 8 });
      expect({ seed, stale: report.stale }).toEqual({ seed, stale: [] });
      expect(report.hits).toBeGreaterThan(5);
    },
  );

  it('the torture finds a cache that does not hear of writes', patience, async () => {
    await using servers = await mongodb();
    const deaf = { ...memoryStore(), mark: () => Promise.resolve(), bump: () => Promise.resolve() };
    await using orm = await open(servers, { store: deaf });
    await orm.schema.create();
    await seedItems(orm.em.fork());
    const processes = [processOf(orm)];
    const report = await torture({ processes, ways, seconds: 5, seed, writers: 1, readers: 2 });
    expect(report.stale.length).toBeGreaterThan(0);
  });
});

function open(servers: Pick<MongoGroup, 'mikroOrmOptions'>, options: ResultCacheOptions): Promise<MikroORM> {
  return MikroORM.init({ entities, extensions: [resultCache(options)], ...servers.mikroOrmOptions() });
}

function processOf(orm: MikroORM): Process<EntityManager> {
  return { orm, fork: () => orm.em.fork() };
}
