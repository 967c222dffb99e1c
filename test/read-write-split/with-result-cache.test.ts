import { setImmediate as turn } from 'node:timers/promises';

import { getReadWriteSplit, readWriteSplit } from '@mikro-kit/read-write-split';
import { cacheable, getResultCache, memoryStore, resultCache, type CacheStore } from '@mikro-kit/result-cache';
import { ensureTap } from '@mikro-kit/statement-tap';
import { defineEntity, MikroORM as Mongo, ObjectId, p as m } from '@mikro-orm/mongodb';
import { MikroORM, p, RequestContext } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { describeWith, mongodb, type MongoGroup, postgres, type PostgresGroup, until } from '../servers/index.ts';
import { QUICK } from './cluster.ts';
import { becomes } from './load.ts';

const Price = defineEntity({ name: 'Price', properties: { id: p.integer().primary(), amount: p.integer() } });
cacheable(Price);
const Paper = defineEntity({ name: 'Paper', properties: { _id: m.type(ObjectId).primary(), amount: m.integer() } });
cacheable(Paper);

const orders = ['the cache first', 'the split first'] as const;

/** The nodes that answered what was read from the database. */
function watchReads(orm: MikroORM | Mongo): string[] {
  const nodes: string[] = [];
  ensureTap(orm).observe(({ kind, node }) => kind === 'read' && nodes.push(node));
  return nodes;
}

for (const order of orders) {
  await describeWith('postgres', `a cache and a split on PostgreSQL, ${order}`, () => {
    let servers: PostgresGroup<2>;
    let orm: MikroORM;
    let other: MikroORM;
    let reads: string[];

    const open = (store: CacheStore, loadFrom: 'primary' | 'replicas' = 'primary'): Promise<MikroORM> => {
      const extensions = [resultCache({ store, loadFrom }), readWriteSplit({ ...QUICK, consistency: 'causal' })];
      return MikroORM.init({
        entities: [Price],
        ...servers.mikroOrmOptions(),
        extensions: order === 'the cache first' ? extensions : extensions.toReversed(),
      });
    };
    const amount = async (by = orm): Promise<number> => (await by.em.fork().findOneOrFail(Price, 1)).amount;
    const set = (value: number, by = orm): Promise<unknown> =>
      RequestContext.create(by.em, () => by.em.nativeUpdate(Price, 1, { amount: value }));
    const fills = (): number => getResultCache(orm).stats().fills;
    const hits = (): number => getResultCache(orm).stats().hits;

    beforeAll(async () => {
      servers = await postgres({ standbys: 2 });
      const store = memoryStore();
      orm = await open(store);
      other = await open(store);
      await RequestContext.create(orm.em, () => orm.schema.create());
      await RequestContext.create(orm.em, () => orm.em.insert(Price, { id: 1, amount: 0 }));
      await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
      reads = watchReads(orm);
    });
    afterAll(async () => {
      await orm?.close(true);
      await other?.close(true);
      await servers?.stop();
    });

    it('fills from the primary, hits, and sees each write of either process at once, while replicas stand still', async () => {
      await Promise.all(servers.replicas.map(replica => replica.breakReplication()));
      const before = hits();
      for (let value = 1; value <= 20; value++) {
        await set(value, value % 2 ? orm : other);
        expect([await amount(), await amount(), await amount(other)]).toEqual([value, value, value]);
      }
      expect(new Set(reads)).toEqual(new Set(['primary']));
      expect(hits() - before).toBe(20);
      await Promise.all(servers.replicas.map(replica => replica.repairReplication()));
    });

    it('a token is honoured by hits and by misses, and what is not annotated goes to replicas', async () => {
      const token = await RequestContext.create(other.em, async () => {
        await other.em.nativeUpdate(Price, 1, { amount: 50 });
        return getReadWriteSplit(other).token();
      });
      expect(await getReadWriteSplit(orm).withToken(token, () => amount())).toBe(50);
      expect(await getReadWriteSplit(orm).withToken(token, () => amount())).toBe(50);
      await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
      await becomes(orm, 'replica-0', 'in');
      reads.length = 0;
      await orm.em.fork().find(Price, {}, { cache: false });
      expect(reads).toEqual([expect.stringMatching(/^replica-/)]);
    });

    it('fills from replicas that have replayed all that was committed, and keeps nothing old while they lag or stand still', async () => {
      const store = memoryStore();
      await using own = await open(store, 'replicas');
      await using rival = await open(store, 'replicas');
      const nodes = watchReads(own);
      const stale: string[] = [];
      let committed = 0;
      let count = 0;
      const end = new AbortController();
      const readOn = async (by: MikroORM): Promise<void> => {
        while (!end.signal.aborted) {
          const least = committed;
          let found = 0;
          const explained = await getResultCache(by).explain(async () => void (found = await amount(by)));
          // What misses while it is being written goes past the cache in the end, to any replica.
          const isHit = explained.every(({ kind }) => kind === 'hit');
          if (isHit && found < least) stale.push(`${found} after ${least}`);
          count++;
          // Hits alone would let nothing else happen.
          await turn();
        }
      };
      const writeOn = async (writes: number): Promise<void> => {
        for (let left = writes; left > 0; left--) {
          await set(committed + 1, left % 2 ? own : rival);
          committed++;
          const enough = count + 20;
          await until(() => count >= enough, { what: 'some reads', pollMs: 1 });
        }
      };
      await set(0, own);
      const [first, second] = servers.replicas;
      const running = Array.from({ length: 8 }, (_, at) => readOn(at % 2 ? own : rival));
      await writeOn(20);
      await first.lag(100);
      await second.breakReplication();
      await writeOn(20);
      await Promise.all([first.lag(0), second.repairReplication()]);
      await writeOn(20);
      end.abort();
      await Promise.all(running);
      expect(stale).toEqual([]);
      expect(new Set(nodes)).toEqual(new Set(['primary', 'replica-0', 'replica-1']));
      const stats = getResultCache(own).stats();
      expect([stats.hits > 100, stats.fills > 20]).toEqual([true, true]);
    });

    it('reads go on, unkept, while the primary is down, and are cached again when it is back', async () => {
      await set(60);
      await Promise.all(servers.replicas.map(replica => replica.caughtUp()));
      await servers.primary.kill();
      const filled = fills();
      expect([await amount(), await amount()]).toEqual([60, 60]);
      await servers.replicas[0].kill();
      expect([await amount(), await amount()]).toEqual([60, 60]);
      expect(fills()).toBe(filled);
      await Promise.all([servers.primary.restart(), servers.replicas[0].restart()]);
      await becomes(orm, 'primary', 'in');
      await set(61);
      expect([await amount(), await amount()]).toEqual([61, 61]);
      expect(fills()).toBe(filled + 1);
    });

    it('nothing older than the last write is read while a replica falls silent', async () => {
      await servers.replicas[1].pause();
      for (let value = 70; value < 90; value++) {
        await set(value);
        expect([await amount(), await amount(), await amount(other)]).toEqual([value, value, value]);
      }
      await servers.replicas[1].resume();
    });
  });

  await describeWith('mongodb', `a cache and a split on MongoDB, ${order}`, () => {
    let servers: MongoGroup<1>;
    let orm: Mongo;
    const id = new ObjectId();

    beforeAll(async () => {
      servers = await mongodb({ secondaries: 1 });
      const extensions = [resultCache(), readWriteSplit({ mongo: { readPreference: 'secondary' } })];
      orm = await Mongo.init({
        entities: [Paper],
        ...servers.mikroOrmOptions(),
        extensions: order === 'the cache first' ? extensions : extensions.toReversed(),
      });
      await RequestContext.create(orm.em, () => orm.em.insert(Paper, { _id: id, amount: 0 }));
      await servers.replicas[0].caughtUp();
    });
    afterAll(async () => {
      await orm?.close();
      await servers?.stop();
    });

    it('fills from the primary, hits, sees each write at once, and reads the rest from secondaries', async () => {
      const addresses: string[] = [];
      const client = orm.driver.getConnection().getClient();
      client.on('commandStarted', ({ commandName, address }) => commandName === 'find' && addresses.push(address));
      const amount = async (): Promise<number> => (await orm.em.fork().findOneOrFail(Paper, id)).amount;
      await servers.replicas[0].breakReplication();
      for (let value = 1; value <= 10; value++) {
        await RequestContext.create(orm.em, () => orm.em.nativeUpdate(Paper, id, { amount: value }));
        expect([await amount(), await amount()]).toEqual([value, value]);
      }
      expect(new Set(addresses)).toEqual(new Set([`127.0.0.1:${servers.primary.port}`]));
      expect(getResultCache(orm).stats()).toMatchObject({ hits: 10, fills: 10 });
      await servers.replicas[0].repairReplication();
      addresses.length = 0;
      await until(async () => (await orm.em.fork().find(Paper, {}, { cache: false })).length === 1, { what: 'a read' });
      expect(addresses).toEqual([`127.0.0.1:${servers.replicas[0].port}`]);
    });
  });
}
