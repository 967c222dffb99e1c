import {
  cacheable,
  getResultCache,
  memoryStore,
  resultCache,
  type CacheStore,
  type ResultCache,
  type ResultCacheOptions,
} from '@mikro-kit/result-cache';
import { defineEntity, p, type IsolationLevel } from '@mikro-orm/core';
import { SqlMikroORM, type Options, type SqlEntityManager } from '@mikro-orm/sql';
import { onTestFinished } from 'vitest';

import { gatedStore, type GatedStore } from './gated-store.ts';

export const Country = defineEntity({ name: 'Country', properties: { code: p.string().primary(), name: p.string() } });
export const Tag = defineEntity({ name: 'Tag', properties: { id: p.integer().primary(), label: p.string() } });
export const City = defineEntity({
  name: 'City',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    country: () => p.manyToOne(Country).ref().deleteRule('cascade'),
    tags: () => p.manyToMany(Tag),
  },
  filters: { in: { name: 'in', cond: ({ name }: { name: string }) => ({ country: { name } }), default: false } },
});
/** A class of its own on the table of cities. */
export const Place = defineEntity({
  name: 'Place',
  discriminatorColumn: 'kind',
  properties: { id: p.integer().primary(), kind: p.string(), name: p.string() },
});
export const Park = defineEntity({ name: 'Park', extends: Place, discriminatorValue: 'park', properties: {} });
/** Its rows are written by a trigger on `Visit`, as far as the cache is told. */
export const Counter = defineEntity({
  name: 'Counter',
  properties: { id: p.integer().primary(), visits: p.integer() },
});
export const Visit = defineEntity({ name: 'Visit', properties: { id: p.integer().primary() } });

cacheable(Country);
cacheable(City);
cacheable(Place);
cacheable(Counter, { dependsOn: [Visit] });

const entities = [Country, Tag, City, Place, Park, Counter, Visit];

/** One process: an ORM with its own view of the shared store. */
export interface Process {
  readonly orm: SqlMikroORM;
  readonly em: () => SqlEntityManager;
  readonly cache: ResultCache;
  readonly store: GatedStore;
  /** The name of city 3, however it comes. */
  name(): Promise<string>;
  /** Writes it, in a transaction of the isolation level that is tested. */
  rename(name: string): Promise<void>;
}

/** Processes on one database and one store. */
export interface Processes {
  open(options?: ResultCacheOptions, host?: Partial<Options>): Promise<Process>;
}

/** Where the races are run. */
export interface Ground {
  readonly database: Partial<Options>;
  readonly isolationLevel: IsolationLevel | undefined;
  /** Before the schema is made. */
  prepare(orm: SqlMikroORM): Promise<unknown>;
}

/** A fresh schema with three cities, for one test. */
export async function processesOn(ground: Ground, shared: CacheStore = memoryStore()): Promise<Processes> {
  const setup = await SqlMikroORM.init({ entities, ...ground.database });
  await ground.prepare(setup);
  await setup.schema.refresh();
  await seed(setup.em.fork());
  await setup.close();
  return {
    open: async (options, host) => {
      const store = gatedStore(shared);
      const extensions = [resultCache({ store, ...options })];
      const orm = await SqlMikroORM.init({ entities, ...ground.database, extensions, ...host });
      onTestFinished(() => orm.close(true));
      return processOf(orm, store, ground.isolationLevel);
    },
  };
}

function processOf(orm: SqlMikroORM, store: GatedStore, isolationLevel: IsolationLevel | undefined): Process {
  const em = (): SqlEntityManager => orm.em.fork();
  return {
    orm,
    em,
    store,
    cache: getResultCache(orm),
    name: async () => (await em().findOneOrFail(City, { id: 3, name: { $ne: '' } })).name,
    rename: async name => {
      const options = isolationLevel ? { isolationLevel } : {};
      await em().transactional(inner => inner.nativeUpdate(City, 3, { name }), options);
    },
  };
}

async function seed(em: SqlEntityManager): Promise<void> {
  const [brazil, peru] = ['BR', 'PE'].map(code => em.create(Country, { code, name: code }));
  if (!brazil || !peru) return;
  const tag = em.create(Tag, { id: 1, label: 'capital' });
  em.create(City, { id: 1, name: 'Brasilia', country: brazil, tags: [tag] });
  em.create(City, { id: 2, name: 'Recife', country: brazil });
  em.create(City, { id: 3, name: 'Lima', country: peru });
  em.create(Park, { id: 1, kind: 'park', name: 'Ibirapuera' });
  em.create(Counter, { id: 1, visits: 0 });
  await em.flush();
}
